import { ProxyError } from './errors.ts'

/** The promise's result, or `stopped` as soon as the signal is aborted. */
export async function unlessStopped<Value>(
  stop: AbortSignal,
  promise: Promise<Value>,
): Promise<Value> {
  return await new Promise<Value>((resolve, reject) => {
    const fail = (): void => reject(new ProxyError('stopped', 'stopped before it listened'))
    if (stop.aborted) fail()
    stop.addEventListener('abort', fail)
    promise.then(resolve, reject).finally(() => stop.removeEventListener('abort', fail))
  })
}
