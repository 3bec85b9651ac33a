import type { ServerResponse } from 'node:http'

import { readSseVectors } from '../../../fixtures/read-fixture.ts'
import type { StreamAnswer, Asked } from './stream-server.ts'

/** An event as a reader reports it. */
export interface ReadEvent {
  readonly type: string
  readonly data: string
}

/** One reader's observations of one stream. */
interface Observation {
  readonly events: readonly ReadEvent[]
  readonly asked: readonly Asked[]
}

/** One stream, and the expected observations. */
export interface InteropStream {
  readonly name: string
  /** The rule, as a sentence. */
  readonly rule: string
  /** Bytes for parsers without a connection. Undefined: the case is about HTTP. */
  readonly bytes?: Buffer | undefined
  readonly answer: StreamAnswer
  /** Number of requests that a reader makes. */
  readonly requests: number
  /** The fault of an observation, if any. */
  readonly deviation: (seen: Observation) => string | undefined
}

const STREAM = { 'Content-Type': 'text/event-stream' }
const QUICK = 'retry: 30\n\n'
const BYTE_MS = 1

/** Answers a reconnect with 204, which tells the reader to stop. */
function stop(response: ServerResponse): void {
  response.writeHead(204)
  response.end()
}

function whole(bytes: Buffer | string, type = STREAM['Content-Type']): StreamAnswer {
  return (nth, response) => {
    if (nth > 1) return stop(response)
    response.writeHead(200, { 'Content-Type': type })
    response.end(bytes)
  }
}

function byteByByte(bytes: Buffer): StreamAnswer {
  return (nth, response) => {
    if (nth > 1) return stop(response)
    response.writeHead(200, STREAM)
    response.flushHeaders()
    let at = 0
    const next = (): void => {
      if (at === bytes.length) return void response.end()
      response.write(bytes.subarray(at, (at += 1)))
      setTimeout(next, BYTE_MS)
    }
    next()
  }
}

function events(wanted: readonly ReadEvent[]): InteropStream['deviation'] {
  const text = (list: readonly ReadEvent[]): string =>
    list.map(({ type, data }) => `${type}:${JSON.stringify(data)}`).join(' ') || 'nothing'
  return ({ events: came }) =>
    text(came) === text(wanted) ? undefined : `reads ${text(came)} instead of ${text(wanted)}`
}

const data = (...texts: readonly string[]): InteropStream['deviation'] =>
  events(texts.map((text) => ({ type: 'message', data: text })))

/** Every vector of `fixtures/sse`, whole and in pieces. */
const vectors: readonly InteropStream[] = readSseVectors().map((vector) => ({
  name: vector.name,
  rule: vector.rule,
  bytes: vector.bytes,
  answer: whole(vector.bytes),
  requests: 2,
  deviation: events(vector.events),
}))

const PIECES = new Set(['mixed-line-ends', 'utf8', 'bom'])

const inPieces: readonly InteropStream[] = readSseVectors()
  .filter(({ name }) => PIECES.has(name))
  .map((vector) => ({
    name: `${vector.name}, byte by byte`,
    rule: `${vector.rule}, split at any offset`,
    answer: byteByByte(vector.bytes),
    requests: 2,
    deviation: events(vector.events),
  }))

function typed(name: string, rule: string, type: string): InteropStream {
  return {
    name,
    rule,
    answer: whole('data: å\n\n', type),
    requests: 2,
    deviation: data('å'),
  }
}

/**
 * A response that is not a stream: it contains no events, and readers do not reconnect [sse
 * §9.2.2].
 */
function refused(name: string, rule: string, status: number, type: string): InteropStream {
  return {
    name,
    rule,
    answer: (_nth, response) => {
      response.writeHead(status, { 'Content-Type': type })
      response.end(status === 204 ? undefined : 'retry: 30\ndata: trap\n\n')
    },
    requests: 2,
    deviation: ({ events: came, asked }) => {
      if (came.length > 0) return `treats it as a stream and reads ${came[0]?.data}`
      return asked.length > 1 ? 'reconnects' : undefined
    },
  }
}

function redirect(status: number): InteropStream {
  return {
    name: `redirect-${status}`,
    rule: `A redirect with ${status} is followed`,
    answer: (nth, response) => {
      if (nth > 2) return stop(response)
      if (nth === 1) response.writeHead(status, { Location: '?moved' })
      else response.writeHead(200, STREAM)
      response.end(nth === 1 ? undefined : 'data: moved\n\n')
    },
    requests: 3,
    deviation: data('moved'),
  }
}

const names = (id: string | undefined): string => (id === undefined ? 'no id' : `id ${id}`)

/** The second request, after a stream with these bytes and this end. */
function returning(
  name: string,
  rule: string,
  bytes: string,
  wanted: string | undefined,
  ends: (response: ServerResponse) => void = (response) => void response.end(),
): InteropStream {
  return {
    name,
    rule,
    answer: (nth, response) => {
      if (nth > 1) return stop(response)
      response.writeHead(200, STREAM)
      response.write(QUICK + bytes, () => ends(response))
    },
    requests: 2,
    deviation: ({ asked }) => {
      const [, second] = asked
      if (second === undefined) return 'does not reconnect'
      const came = second.lastEventId === '' ? undefined : second.lastEventId
      if (came === undefined && second.idInQuery === wanted && wanted !== undefined)
        return `reconnects with ${names(wanted)} as lastEventId in the query, not in the header`
      return came === wanted
        ? undefined
        : `reconnects with ${names(came)} instead of ${names(wanted)}`
    },
  }
}

const overHttp: readonly InteropStream[] = [
  typed('type-parameters', 'Parameters of the media type do not matter', 'text/event-stream;x=y'),
  typed('type-semicolon', 'A final semicolon does not matter', 'text/event-stream;'),
  typed('type-case', 'Letter case of the media type does not matter', 'Text/Event-Stream'),
  typed(
    'charset-label',
    'A stream is UTF-8, even if its charset parameter names another encoding',
    'text/event-stream;charset=windows-1252',
  ),
  refused('type-html', 'A response of another media type is not a stream', 200, 'text/html'),
  refused('status-204', '204 tells a reader to stop', 204, 'text/event-stream'),
  refused(
    'status-404',
    'An error is not a stream, and readers do not reconnect',
    404,
    'text/event-stream',
  ),
  refused(
    'status-503',
    'An error is not a stream, and readers do not reconnect',
    503,
    'text/event-stream',
  ),
  ...[301, 302, 307, 308].map(redirect),
  returning(
    'return-after-end',
    'A reader reconnects after the end of a stream',
    'data: 1\n\n',
    undefined,
  ),
  returning(
    'return-after-reset',
    'A reader reconnects after a lost connection',
    'data: 1\n\n',
    undefined,
    // The written bytes are sent before the connection is reset.
    (response) => void setTimeout(() => response.socket?.resetAndDestroy(), 20),
  ),
  returning('last-id', 'A reader sends the last id back', 'id: 7\ndata: 1\n\ndata: 2\n\n', '7'),
  returning(
    'last-id-utf8',
    'A reader sends the last id back as UTF-8',
    'id: nå-€\ndata: 1\n\n',
    'nå-€',
  ),
  returning(
    'last-id-reset',
    'An empty id resets the last one',
    'id: 7\ndata: 1\n\nid\ndata: 2\n\n',
    undefined,
  ),
  returning(
    'last-id-without-data',
    'An id without data becomes the last one',
    'data: 1\n\nid: 8\n\n',
    '8',
  ),
  returning(
    'last-id-unfinished',
    'The id of an incomplete event is ignored',
    'id: 7\ndata: 1\n\nid: 8\ndata: cut',
    '7',
  ),
  {
    name: 'accept',
    rule: 'A reader asks for text/event-stream',
    answer: whole(`${QUICK}data: 1\n\n`),
    requests: 2,
    deviation: ({ asked: [first] }) =>
      first?.accept?.includes('text/event-stream') === true
        ? undefined
        : `sends Accept: ${first?.accept ?? 'nothing'}`,
  },
]

export const INTEROP_STREAMS: readonly InteropStream[] = [...vectors, ...inPieces, ...overHttp]
