import { request as ask, type IncomingMessage } from 'node:http'
import {
  constants,
  createServer,
  type IncomingHttpHeaders,
  type Http2Session,
  type OutgoingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2'
import type { Duplex } from 'node:stream'

import type { H2Faults } from './edge-faults.ts'
import { FrameTap } from './frame-tap.ts'

const MAX_STREAMS = 128
/** [http/2 §8.2.2] */
const CONNECTION_FIELDS = /^(?:connection|keep-alive|proxy-connection|transfer-encoding|upgrade)$/

/** Serves HTTP/2 on the sockets that it is given, by HTTP/1.1 requests to the proxy behind. */
export class H2Front {
  readonly #faults: H2Faults
  readonly #behind: URL
  readonly #server
  readonly #sessions = new Set<ServerHttp2Session>()
  /** Answers that wait for room, by session. */
  readonly #answers = new Map<Http2Session, Set<IncomingMessage>>()
  #kept = 0

  constructor(behindUrl: string, faults: H2Faults) {
    this.#faults = faults
    this.#behind = new URL(behindUrl)
    this.#server = createServer({
      settings: { maxConcurrentStreams: MAX_STREAMS, ...faults.settings },
    })
    this.#server.on('session', (session) => this.#onSession(session))
    this.#server.on('sessionError', () => {})
    this.#server.on('stream', (stream, headers) => this.#onStream(stream, headers))
  }

  take(socket: Duplex): void {
    const { sends, receives, needsWholeFrames } = this.#faults
    const tapped = sends ?? receives ?? needsWholeFrames
    const through =
      tapped === undefined
        ? socket
        : new FrameTap(socket, {
            sends: sends?.(),
            receives: receives?.(),
            needsWholeFrames,
          })
    through.on('error', () => {})
    this.#server.emit('connection', through)
  }

  close(): void {
    for (const session of this.#sessions) session.destroy()
  }

  #onSession(session: ServerHttp2Session): void {
    this.#sessions.add(session)
    this.#answers.set(session, new Set())
    session.on('error', () => {})
    session.on('close', () => {
      this.#sessions.delete(session)
      this.#answers.delete(session)
    })
  }

  #onStream(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    const { ignores, request, onReset, forgesEnd = false } = this.#faults
    const { session } = stream
    stream.on('error', () => {})
    const open = session === undefined ? undefined : this.#answers.get(session)
    if (open === undefined || ignores?.(open.size + 1 + this.#kept) === true) return
    const asked = ask({
      host: this.#behind.hostname,
      port: this.#behind.port,
      agent: false,
      method: headers[':method'],
      path: headers[':path'],
      headers: this.#fieldsOf(request?.(headers) ?? headers),
    })
    const leave = (): void => {
      const wasReset = stream.rstCode === constants.NGHTTP2_CANCEL
      if (onReset === 'keeps-place' && wasReset) this.#kept += 1
      if (onReset !== 'leaves-back-end') asked.destroy()
    }
    stream.on('close', leave)
    asked.on('response', (response) => this.#answer(stream, response, open))
    asked.on('error', () => {
      if (stream.destroyed) return
      if (forgesEnd && stream.headersSent) stream.end()
      else stream.destroy(new Error('the response was cut off'))
    })
    asked.end()
  }

  #answer(stream: ServerHttp2Stream, response: IncomingMessage, open: Set<IncomingMessage>): void {
    if (stream.destroyed) return void response.destroy()
    const { holdsHead = false, body, atEnd, forgesEnd = false } = this.#faults
    open.add(response)
    stream.on('close', () => open.delete(response))
    const head = this.#headOf(response)
    const respond = (): void => {
      if (stream.headersSent) return
      stream.respond(head, { waitForTrailers: atEnd === 'trailers' })
    }
    stream.on('wantTrailers', () => stream.sendTrailers({ 'x-checksum': '1' }))
    if (!holdsHead) respond()
    const write = (bytes: Buffer): void => {
      respond()
      this.#write(stream, bytes, response, open)
    }
    const filter = body?.()
    response.on('data', (bytes: Buffer) => {
      if (stream.destroyed) return
      if (filter === undefined) write(bytes)
      else filter(bytes, write)
    })
    response.on('end', () => {
      if (atEnd === 'nothing' || stream.destroyed) return
      respond()
      stream.end()
    })
    response.on('error', () => {
      if (stream.destroyed) return
      if (forgesEnd) stream.end()
      else stream.destroy(new Error('the response was cut off'))
    })
  }

  #write(
    stream: ServerHttp2Stream,
    bytes: Buffer,
    response: IncomingMessage,
    open: Set<IncomingMessage>,
  ): void {
    const { blocksAll = false, dropsWhenFull = false } = this.#faults
    if (dropsWhenFull && stream.writableNeedDrain) return
    if (stream.write(bytes) || dropsWhenFull) return
    const blocked = blocksAll ? [...open] : [response]
    for (const one of blocked) one.pause()
    stream.once('drain', () => blocked.forEach((one) => one.resume()))
  }

  #headOf({ statusCode = 502, headers }: IncomingMessage): OutgoingHttpHeaders {
    const kept = Object.entries(headers).filter(([name]) => !CONNECTION_FIELDS.test(name))
    const head = { ...Object.fromEntries(kept), ':status': statusCode }
    return this.#faults.response?.(head) ?? head
  }

  #fieldsOf(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
    const { cookieSeparator } = this.#faults
    const { ':authority': authority = '', cookie, ...rest } = headers
    const fields = Object.entries(rest).filter(([name]) => !name.startsWith(':'))
    const joined =
      cookieSeparator === undefined ? cookie : cookie?.replaceAll('; ', cookieSeparator)
    return {
      host: authority,
      ...Object.fromEntries(fields),
      ...(joined === undefined ? {} : { cookie: joined }),
    }
  }
}
