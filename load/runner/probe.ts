import { once } from 'node:events'
import { connect } from 'node:net'

import { LoadError } from '../errors.ts'
import { sumOfGauge } from '../lib/servers/sum-of-gauge.ts'
import { TimeLimit } from '../process/time-limit.ts'

/** A run with a wrong address ends within five seconds, with the start of the program. */
const PROBE_TIMEOUT_MS = 3_500
const MAX_PAGE_BYTES = 16 << 20

/** Throws `cannot-start` unless a store with the control API answers at this base URL. */
export async function probeStore(store: string, signal: AbortSignal): Promise<void> {
  const url = `${store}/__mock/info`
  const { response } = await get(url, 'the store', '--store', signal)
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
  using limit = new TimeLimit(PROBE_TIMEOUT_MS, signal)
  const socket = connect({ host: hostname.replaceAll(/[[\]]/g, ''), port: Number(port || 80) })
  try {
    await once(socket, 'connect', { signal: limit.signal })
  } catch (error) {
    signal.throwIfAborted()
    throw doesNotAnswer('the target', target, '--target', error)
  } finally {
    socket.destroy()
  }
}

/** Throws `cannot-start` unless an event stream answers at this URL. */
export async function probeTarget(target: string, signal: AbortSignal): Promise<void> {
  const { response } = await get(target, 'the target', '--target', signal)
  const type = response.headers.get('content-type') ?? 'no content type'
  if (response.status === 200 && /^text\/event-stream\s*(;|$)/i.test(type)) return
  throw new LoadError(
    'cannot-start',
    `${target} answers ${response.status} with ${type}: --target must be the URL of an event stream`,
  )
}

interface GetOptions {
  readonly headers?: Readonly<Record<string, string>>
  /** Reads the body; default: cancels it. */
  readonly read?: (response: Response) => Promise<string>
}

/** A response and what was read of its body, within the time limit. */
async function get(
  url: string,
  name: string,
  flag: string,
  signal: AbortSignal,
  { headers = {}, read = discard }: GetOptions = {},
): Promise<{ readonly response: Response; readonly text: string }> {
  using limit = new TimeLimit(PROBE_TIMEOUT_MS, signal)
  const accept = { Accept: 'text/event-stream, application/json, text/plain' }
  try {
    const response = await fetch(url, { headers: { ...accept, ...headers }, signal: limit.signal })
    return { response, text: await read(response) }
  } catch (error) {
    signal.throwIfAborted()
    throw doesNotAnswer(name, url, flag, error)
  }
}

function doesNotAnswer(name: string, url: string, flag: string, cause: unknown): LoadError {
  const isLate = cause instanceof Error && ['TimeoutError', 'AbortError'].includes(cause.name)
  const reason = isLate ? `no response within ${PROBE_TIMEOUT_MS / 1000} s` : causeOf(cause)
  const message = `${name} does not answer at ${url} (${flag}): ${reason}`
  return new LoadError('cannot-start', message, { cause })
}

/** Throws `cannot-start` unless the web service of the store accepts this `user:password`. */
export async function probeLogin(store: string, login: string, signal: AbortSignal): Promise<void> {
  const url = `${store}/webservice/escenic/changelog`
  const authorization = `Basic ${Buffer.from(login).toString('base64')}`
  const { response } = await get(url, 'the store', '--store', signal, {
    headers: { Authorization: authorization },
  })
  if (response.ok) return
  const isRefused = response.status === 401 || response.status === 403
  const remedy = isRefused
    ? 'the login is wrong, name the right one in LOAD_LOGIN=user:password or --login'
    : '--store must be the URL of a Mock Content Store'
  throw new LoadError('cannot-start', `${url} answers ${response.status}: ${remedy}`)
}

/** Throws `cannot-start` unless this page has the metric, in the Prometheus format. */
export async function probeMetrics(url: string, gauge: string, signal: AbortSignal): Promise<void> {
  const { response, text } = await get(url, 'the metrics page', '--metrics', signal, {
    read: textOf,
  })
  if (response.ok && sumOfGauge(text, gauge) !== undefined) return
  throw new LoadError(
    'cannot-start',
    `${url} answers ${response.status} without the metric ${gauge}: --metrics must be a page in ` +
      'the Prometheus format, and --clients-gauge its metric that counts open streams',
  )
}

/** At most so much of a body as a page of metrics can have. */
async function textOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk)
    length += chunk.length
    if (length > MAX_PAGE_BYTES) break
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** Even this can fail for an invalid body. The head has already been read. */
async function discard(response: Response): Promise<string> {
  await response.body?.cancel().catch(() => {})
  return ''
}

/** fetch hides the reason in the cause of its error. */
function causeOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error
  return cause instanceof Error && cause.message !== '' ? cause.message : String(cause)
}
