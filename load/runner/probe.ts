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
    const reason = timeout.aborted
      ? `no response within ${PROBE_TIMEOUT_MS / 1000} s`
      : causeOf(error)
    throw new LoadError('cannot-start', `${name} does not answer at ${url} (${flag}): ${reason}`, {
      cause: error,
    })
  }
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
