import { ProxyError } from '../errors.ts'

const LONGEST_MESSAGE = 500
const LONGEST_PLACE = 200

/** Trouble that may be over at the next attempt. */
export function lost(message: string, cause?: Error): ProxyError {
  return new ProxyError('back-end-lost', message.slice(0, LONGEST_MESSAGE), { cause })
}

/** Trouble that lasts until something is changed, here or at the back end. */
export function refused(message: string): ProxyError {
  return new ProxyError('back-end-refused', message.slice(0, LONGEST_MESSAGE))
}

/** Why there is no connection: for a name with several addresses, what each of them answered. */
export function connectionTrouble(error: Error): ProxyError {
  if (error instanceof ProxyError) return error
  const reasons =
    error instanceof AggregateError
      ? error.errors.map((each) => (each instanceof Error ? each.message : String(each)))
      : []
  const message = [...new Set([error.message, ...reasons])].filter((reason) => reason !== '')
  return lost(message.length === 0 ? error.name : message.join('; '), error)
}

/** A URL as people may read it in logs: without query, which may hold secrets. */
export function place({ origin, pathname }: URL): string {
  return `${origin}${pathname}`.slice(0, LONGEST_PLACE)
}
