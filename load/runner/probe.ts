import { LoadError } from '../errors.ts'

const PROBE_TIMEOUT_MS = 5_000

/** Throws `cannot-start` unless a Mock Content Store answers at this base URL. */
export async function probeStore(store: string, signal: AbortSignal): Promise<void> {
  const url = `${store}/__mock/info`
  const response = await get(url, 'the store', '--store', signal)
  await response.body?.cancel()
  if (response.ok) return
  throw new LoadError(
    'cannot-start',
    `${url} answers ${response.status}: --store has to name a Mock Content Store (npm run mock-server)`,
  )
}

/** Throws `cannot-start` unless an event stream answers at this URL. */
export async function probeTarget(target: string, signal: AbortSignal): Promise<void> {
  const response = await get(target, 'the target', '--target', signal)
  await response.body?.cancel()
  const type = response.headers.get('content-type') ?? 'no content type'
  if (response.status === 200 && /^text\/event-stream\s*(;|$)/i.test(type)) return
  throw new LoadError(
    'cannot-start',
    `${target} answers ${response.status} with ${type}: --target has to name an event stream`,
  )
}

async function get(
  url: string,
  name: string,
  flag: string,
  signal: AbortSignal,
): Promise<Response> {
  const patience = AbortSignal.timeout(PROBE_TIMEOUT_MS)
  const headers = { Accept: 'text/event-stream, application/json' }
  try {
    return await fetch(url, { headers, signal: AbortSignal.any([signal, patience]) })
  } catch (error) {
    signal.throwIfAborted()
    const why = patience.aborted ? `within ${PROBE_TIMEOUT_MS / 1000} s` : causeOf(error)
    throw new LoadError('cannot-start', `${name} does not answer at ${url} (${flag}): ${why}`, {
      cause: error,
    })
  }
}

/** fetch hides what happened in its cause. */
function causeOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error
  return cause instanceof Error && cause.message !== '' ? cause.message : String(cause)
}
