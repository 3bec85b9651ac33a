import type { ServerResponse } from 'node:http'

import { readSseVectors } from '../../../fixtures/read-fixture.ts'
import type { Answer, Asked } from './stream-server.ts'

/** An event as programs get it from a reader. */
export interface ReadEvent {
  readonly type: string
  readonly data: string
}

/** What one reader made of one stream. */
interface Observation {
  readonly events: readonly ReadEvent[]
  readonly asked: readonly Asked[]
}

/** One stream that readers are given, and what they have to make of it. */
export interface InteropStream {
  readonly name: string
  /** The rule, as a sentence. */
  readonly rule: string
  /** Bytes that parsers without a connection can be given, too; undefined: it is about HTTP. */
  readonly bytes?: Buffer | undefined
  readonly answer: Answer
  /** How many requests a reader makes; then nothing more comes. */
  readonly requests: number
  /** What is wrong with an observation; undefined: nothing. */
  readonly deviation: (seen: Observation) => string | undefined
}

const STREAM = { 'Content-Type': 'text/event-stream' }
const QUICK = 'retry: 30\n\n'
const BYTE_MS = 1

/** Answers a reader that reconnects with 204, which tells it to stop. */
function stop(response: ServerResponse): void {
  response.writeHead(204)
  response.end()
}

function whole(bytes: Buffer | string, type = STREAM['Content-Type']): Answer {
  return (nth, response) => {
    if (nth > 1) return stop(response)
    response.writeHead(200, { 'Content-Type': type })
    response.end(bytes)
  }
}

function byteByByte(bytes: Buffer): Answer {
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

/** Every vector of `fixtures/sse`, and the larger and the smaller pieces in which it may come. */
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
    rule: `${vector.rule}, wherever the pieces end`,
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

/** An answer that is no stream: nothing of it is an event, and readers do not reconnect [sse §9.2.2]. */
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
      if (came.length > 0) return `takes it for a stream and reads ${came[0]?.data}`
      return asked.length > 1 ? 'comes back' : undefined
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

/** The second request, after a stream that began with these bytes and ended in this way. */
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
      if (second === undefined) return 'does not come back'
      const came = second.lastEventId === '' ? undefined : second.lastEventId
      if (came === undefined && second.idInQuery === wanted && wanted !== undefined)
        return `comes back with ${names(wanted)} as lastEventId in the query, not in the header`
      return came === wanted
        ? undefined
        : `comes back with ${names(came)} instead of ${names(wanted)}`
    },
  }
}

const overHttp: readonly InteropStream[] = [
  typed('type-parameters', 'Parameters of the media type do not matter', 'text/event-stream;x=y'),
  typed('type-semicolon', 'A final semicolon does not matter', 'text/event-stream;'),
  typed('type-case', 'Letter case of the media type does not matter', 'Text/Event-Stream'),
  typed(
    'charset-label',
    'A stream is UTF-8, whatever its charset parameter says',
    'text/event-stream;charset=windows-1252',
  ),
  refused('type-html', 'Another media type is no stream', 200, 'text/html'),
  refused('status-204', '204 tells a reader to stop', 204, 'text/event-stream'),
  refused(
    'status-404',
    'An error is no stream, and readers do not reconnect',
    404,
    'text/event-stream',
  ),
  refused(
    'status-503',
    'An error is no stream, and readers do not reconnect',
    503,
    'text/event-stream',
  ),
  ...[301, 302, 307, 308].map(redirect),
  returning(
    'return-after-end',
    'The end of a stream is a reason to come back',
    'data: 1\n\n',
    undefined,
  ),
  returning(
    'return-after-reset',
    'A lost connection is a reason to come back',
    'data: 1\n\n',
    undefined,
    // What was written has left before the connection goes.
    (response) => void setTimeout(() => response.socket?.resetAndDestroy(), 20),
  ),
  returning('last-id', 'The last id comes back', 'id: 7\ndata: 1\n\ndata: 2\n\n', '7'),
  returning('last-id-utf8', 'The last id comes back as UTF-8', 'id: nå-€\ndata: 1\n\n', 'nå-€'),
  returning(
    'last-id-reset',
    'An empty id takes the last one back',
    'id: 7\ndata: 1\n\nid\ndata: 2\n\n',
    undefined,
  ),
  returning('last-id-without-data', 'An id without data counts', 'data: 1\n\nid: 8\n\n', '8'),
  returning(
    'last-id-unfinished',
    'The id of an event that was cut off does not count',
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
