import { LoadError } from '../errors.ts'

/** A signal that aborts with the error `timeout` after a time, unless it is disposed first. */
export function abortAfter(
  ms: number,
  work: string,
): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController()
  const timeout = new LoadError('timeout', `${work}: not finished within ${ms / 1000} s`)
  const timer = setTimeout(() => controller.abort(timeout), ms)
  return { signal: controller.signal, [Symbol.dispose]: () => clearTimeout(timer) }
}
