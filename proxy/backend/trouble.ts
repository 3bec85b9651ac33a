import { ProxyError } from '../errors.ts'
import { isUntrusted, NODE_HINT } from '../tls/untrusted.ts'

const MAX_MESSAGE_LENGTH = 500
const MAX_LOCATION_LENGTH = 200

/** An error that the next attempt may not have. */
export function lost(message: string, cause?: Error): ProxyError {
  return new ProxyError('back-end-lost', message.slice(0, MAX_MESSAGE_LENGTH), { cause })
}

/** An error that lasts until an operator changes the configuration or the back end. */
export function refused(message: string): ProxyError {
  return new ProxyError('back-end-refused', message.slice(0, MAX_MESSAGE_LENGTH))
}

/**
 * Why a connection failed. A name with several addresses gets the reason of each address. `peer` =
 * what was connected to instead of the back end.
 */
export function connectionTrouble(error: Error, peer?: string): ProxyError {
  if (error instanceof ProxyError) return error
  const reasons =
    error instanceof AggregateError
      ? error.errors.map((each) => (each instanceof Error ? each.message : String(each)))
      : []
  const message = [...new Set([error.message, ...reasons])].filter((reason) => reason !== '')
  const reason = message.length === 0 ? error.name : message.join('; ')
  const text = peer === undefined ? reason : `${peer}: ${reason}`
  return lost(isUntrusted(error) ? `${text.replace(NODE_HINT, '')}${HINT}` : text, error)
}

const HINT = ': name its authority in backends[].tls.trustStorePath or in NODE_EXTRA_CA_CERTS'

/** A URL for logs and messages, without its query, which may contain secrets. */
export function locationOf({ origin, pathname }: URL): string {
  return `${origin}${pathname}`.slice(0, MAX_LOCATION_LENGTH)
}
