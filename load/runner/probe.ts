import { once } from 'node:events'
import { connect } from 'node:net'

import { LoadError } from '../errors.ts'

const PROBE_TIMEOUT_MS = 5_000

/** Throws `cannot-start` unless a Mock Content Store answers at this base URL. */
export async function probeStore(store: string, signal: AbortSignal): Promise<void> {
  const url = `${store}/__mock/info`
  const response = await get(url, 'the store', '--store', signal)
  await discard(response)
  const type = response.headers.get('content-type') ?? 'no content type'
  if (response.ok && /^application\/json\b/i.test(type)) return
  throw new LoadError(
    'cannot-start',
    `${url} answers ${response.status} with ${type}: --store must be the URL of a Mock Content Store (npm run mock-server)`,
  )
}

/**
 * Throws `cannot-start` unless a server listens at this URL. A proxy whose back end is not
 * configured yet may still refuse to answer.
 */
export async function probeListener(target: string, signal: AbortSignal): Promise<void> {
  const { hostname, port } = new URL(target)
  const timeout = AbortSignal.timeout(PROBE_TIMEOUT_MS)
  const socket = connect({ host: hostname.replaceAll(/[[\]]/g, ''), port: Number(port || 80) })
  try {
    await once(socket, 'connect', { signal: AbortSignal.any([signal, timeout]) })
  } catch (error) {
    signal.throwIfAborted()
    throw doesNotAnswer('the target', target, '--target', timeout, error)
  } finally {
    socket.destroy()
  }
}

/** Throws `cannot-start` unless an event stream answers at this URL. */
export async function probeTarget(target: string, signal: AbortSignal): Promise<void> {
  const response = await get(target, 'the target', '--target', signal)
  await discard(response)
  const type = response.headers.get('content-type') ?? 'no content type'
  if (response.status === 200 && /^text\/event-stream\s*(;|$)/i.test(type)) return
  throw new LoadError(
    'cannot-start',
    `${target} answers ${response.status} with ${type}: --target must be the URL of an event stream`,
  )
}

async function get(
  url: string,
  name: string,
  flag: string,
  signal: AbortSignal,
): Promise<Response> {
  const timeout = AbortSignal.timeout(PROBE_TIMEOUT_MS)
  const headers = { Accept: 'text/event-stream, application/json' }
  try {
    return await fetch(url, { headers, signal: AbortSignal.any([signal, timeout]) })
  } catch (error) {
    signal.throwIfAborted()
    throw doesNotAnswer(name, url, flag, timeout, error)
  }
}

function doesNotAnswer(
  name: string,
  url: string,
  flag: string,
  timeout: AbortSignal,
  cause: unknown,
): LoadError {
  const reason = timeout.aborted
    ? `no response within ${PROBE_TIMEOUT_MS / 1000} s`
    : causeOf(cause)
  const message = `${name} does not answer at ${url} (${flag}): ${reason}`
  return new LoadError('cannot-start', message, { cause })
}

/** Even this can fail for an invalid body. The head has already been read. */
async function discard(response: Response): Promise<void> {
  await response.body?.cancel().catch(() => {})
}

/** fetch hides the reason in the cause of its error. */
function causeOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error
  return cause instanceof Error && cause.message !== '' ? cause.message : String(cause)
}
