import { connect, type Socket } from 'node:net'

import type { BackendSettings } from '../../../../runner/target.ts'
import {
  fieldValue,
  formatRequestHead,
  parseResponseHead,
  withField,
  type RequestHead,
  type ResponseHead,
} from '../../http/head.ts'
import { SocketReader } from '../../http/socket-reader.ts'
import type { BackendFaults } from '../concentrator-faults.ts'
import {
  backendRequest,
  cookieField,
  isEventStream,
  keepCookies,
  redirection,
  type HostCookies,
} from './backend-request.ts'

const MAX_HEAD_BYTES = 64 * 1024
const MAX_REDIRECTS = 5
const LONGEST_RETRY_AFTER_MS = 3_600_000
/** [http §5.6.7] */
const DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} [\d:]{8} GMT$/

export interface Question {
  readonly settings: BackendSettings
  readonly faults: BackendFaults
  readonly jar: HostCookies
  /** The URL that a permanent redirect has put in place of the configured one. */
  readonly moved: { url?: URL | undefined }
  /** The id to resume after; empty: none. */
  readonly lastEventId: string
  readonly headTimeoutMs: number
  /** The name of this proxy in a chain of proxies. */
  readonly chainName: string
  /** The request of the newest client, for faults that confuse the two sides. */
  readonly lastClient: RequestHead | undefined
  /** Gets each new connection, so that the caller can close it. */
  readonly onSocket: (socket: Socket) => void
  readonly isClosed: () => boolean
}

export type BackEndReply =
  | {
      readonly kind: 'stream'
      readonly reader: SocketReader
      readonly response: ResponseHead
      readonly request: RequestHead
    }
  /** `retryAfterMs`: the wait that the back end asked for. `status`: undefined when none came. */
  | {
      readonly kind: 'refused'
      readonly retryAfterMs: number
      readonly status: number | undefined
    }

/** Requests the stream of a back end and follows redirects. */
export async function askBackEnd(question: Question): Promise<BackEndReply> {
  const { settings, moved, faults } = question
  const reply = await ask(question, moved.url ?? new URL(settings.url), MAX_REDIRECTS)
  if (reply.kind === 'refused' && faults.redirectMemory === 'until-refused') moved.url = undefined
  return reply
}

async function ask(question: Question, url: URL, redirectsLeft: number): Promise<BackEndReply> {
  const { faults, jar } = question
  const socket = connect({ host: url.hostname, port: Number(url.port || 80), noDelay: true })
  question.onSocket(socket)
  const reader = new SocketReader(socket)
  const request = requestFor(question, url)
  socket.write(formatRequestHead(request))
  const response = await inTime(question, socket, () => readFinalHead(reader, faults))
  if (response !== undefined && faults.cookies !== 'none')
    keepCookies(jar, url, response, faults.cookies)
  const accepts = faults.accepts ?? isEventStream
  if (response !== undefined && accepts(response)) {
    return { kind: 'stream', reader, response, request }
  }
  socket.destroy()
  const next = response && redirection(response, url, faults.redirect)
  const most = faults.redirect === 'for-ever' ? Infinity : redirectsLeft
  if (next === undefined || most === 0 || faults.redirect === 'refuse' || question.isClosed()) {
    return {
      kind: 'refused',
      retryAfterMs: retryAfterMs(response, faults),
      status: response?.status,
    }
  }
  const isPermanent = response?.status === 301 || response?.status === 308
  if (isPermanent && faults.redirectMemory !== undefined) question.moved.url = next
  return await ask(question, next, most - 1)
}

/** Closes the connection when the final head does not come in time, whatever else comes. */
async function inTime<Head>(
  { faults, headTimeoutMs }: Question,
  socket: Socket,
  read: () => Promise<Head>,
): Promise<Head> {
  const ms = faults.headTimeoutMs ?? headTimeoutMs
  if (faults.headTimer === 'restarts') socket.setTimeout(ms, () => socket.destroy())
  const deadline =
    faults.headTimer === 'restarts' || ms === 0 ? undefined : setTimeout(() => socket.destroy(), ms)
  const head = await read()
  clearTimeout(deadline)
  socket.setTimeout(0)
  return head
}

function requestFor(
  { settings, faults, jar, lastEventId, chainName, lastClient }: Question,
  url: URL,
): RequestHead {
  const asked = faults.redirect === 'with-credentials' ? new URL(settings.url) : url
  const own = backendRequest(asked, settings, cookieField(jar, url, faults.cookies))
  let head: RequestHead = { ...own, target: `${url.pathname}${url.search}` }
  head = withField(head, 'X-Chain', chainName)
  if (lastEventId !== '') head = withField(head, 'Last-Event-ID', lastEventId)
  return faults.request?.(head, settings, lastClient) ?? head
}

/** [http §15.2] Interim responses are skipped. */
async function readFinalHead(
  reader: SocketReader,
  { interim, mostInterim = Infinity, interimsEnd }: BackendFaults,
): Promise<ResponseHead | undefined> {
  for (let read = 0; ; read += 1) {
    if (read > mostInterim) return interimsEnd === true ? undefined : await new Promise(() => {})
    const next = await reader.readUntil('\r\n\r\n', MAX_HEAD_BYTES)
    const head = next.kind === 'text' ? parseResponseHead(next.text) : undefined
    if (head === undefined || head.status >= 200 || interim === 'final') return head
  }
}

// [http §10.2.3] Seconds, or a date.
function retryAfterMs(response: ResponseHead | undefined, { retryAfter }: BackendFaults): number {
  const value = response === undefined ? undefined : fieldValue(response, 'retry-after')
  if (retryAfter === 'guessed') return guessedMs(value)
  if (value === undefined || retryAfter === 'ignored') return 0
  if (/^\d{1,4}$/.test(value)) return Number(value) * 1000
  const isDate = DATE.test(value)
  if (!isDate && retryAfter === 'final-when-bad') return LONGEST_RETRY_AFTER_MS
  const untilMs = retryAfter !== 'seconds-only' && isDate ? Date.parse(value) : 0
  return Math.min(Math.max(untilMs - Date.now(), 0), LONGEST_RETRY_AFTER_MS)
}

/** A fault: a timer ends at once when its time is no number, or longer than it can run. */
function guessedMs(seconds: string | undefined): number {
  const ms = Number(seconds ?? 0) * 1000
  return ms >= 0 && ms < 2 ** 31 ? ms : Number.NaN
}
