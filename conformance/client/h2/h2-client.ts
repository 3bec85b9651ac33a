import type { Socket } from 'node:net'

import type { HeaderField } from '../../wire/http/header-fields.ts'
import {
  contentOf,
  decodeSettings,
  describeFrame,
  encodeFrame,
  encodeSettings,
  ERROR_CODE,
  FLAG,
  FRAME,
  FrameReader,
  MAX_PAYLOAD_BYTES,
  PREFACE,
  SETTING,
  uint32,
  type Frame,
} from '../../wire/h2/frames.ts'
import { encodeFields, HeaderDecoder } from '../../wire/h2/hpack.ts'
import type { Trust } from '../../runner/target.ts'
import { destroyConnection, isSecure, openConnection } from '../connection.ts'
import { H2Stream } from './h2-stream.ts'

/** [http/2 §6.9.2] */
const DEFAULT_WINDOW_BYTES = 65_535

export interface H2ClientOptions {
  readonly name: string
  /** `https://`: by ALPN. `http://`: with prior knowledge. */
  readonly frontUrl: string
  readonly trust?: Trust | undefined
  /** How much the target may send on each stream before it gets more room. */
  readonly windowBytes?: number | undefined
  readonly onChange: () => void
  readonly note: (text: string) => void
}

export interface H2Request {
  readonly method?: string | undefined
  readonly path: string
  readonly authority?: string | undefined
  /** After the pseudo-fields, byte for byte. */
  readonly fields?: readonly HeaderField[] | undefined
}

/** An HTTP/2 connection that sends any frame and records each that it gets. */
export class H2Client {
  readonly name: string
  readonly #options: H2ClientOptions
  readonly #socket: Socket
  readonly #tcp: Socket
  readonly #frames = new FrameReader()
  readonly #decoder = new HeaderDecoder()
  readonly #streams = new Map<number, H2Stream>()
  #nextId = 1
  #block: { readonly frame: Frame; readonly parts: Buffer[] } | undefined
  #settings: ReadonlyMap<number, number> | undefined
  #settingsAcked = false
  readonly #pings: string[] = []
  #goAway: { readonly code: number } | undefined
  #closed = false
  #connected = false
  #fault: string | undefined

  constructor(options: H2ClientOptions) {
    this.name = options.name
    this.#options = options
    const { frontUrl, trust, windowBytes = DEFAULT_WINDOW_BYTES } = options
    const { socket, tcp, readyEvent } = openConnection(frontUrl, { trust, protocols: ['h2'] })
    this.#socket = socket
    this.#tcp = tcp
    socket.on(readyEvent, () => {
      this.#connected = true
      options.note('open')
      this.#changed()
    })
    // [http/2 §3.4] A client may send at once.
    socket.write(PREFACE)
    const settings = [
      [SETTING.enablePush, 0],
      [SETTING.initialWindow, windowBytes],
    ] as const
    this.send({ type: FRAME.settings, flags: 0, streamId: 0, payload: encodeSettings(settings) })
    socket.on('data', (bytes: Buffer) => this.#guard(() => this.#read(bytes)))
    socket.on('error', (error) => {
      if (!this.#connected) this.#fault ??= error.message
    })
    socket.on('close', () => this.#onClose())
  }

  get connected(): boolean {
    return this.#connected
  }

  get closed(): boolean {
    return this.#closed
  }

  /** The target's settings, once they have come. */
  get settings(): ReadonlyMap<number, number> | undefined {
    return this.#settings
  }

  get settingsAcked(): boolean {
    return this.#settingsAcked
  }

  /** Payloads of the acknowledged PINGs, as hex. */
  get pings(): readonly string[] {
    return this.#pings
  }

  get goAway(): { readonly code: number } | undefined {
    return this.#goAway
  }

  /** What the target violated, or why there is no connection. */
  get fault(): string | undefined {
    return this.#fault
  }

  /** The protocol that TLS has selected. */
  get protocol(): string | undefined {
    const selected = 'alpnProtocol' in this.#socket ? this.#socket.alpnProtocol : undefined
    return typeof selected === 'string' ? selected : undefined
  }

  /** Sends a request without content. */
  request(request: H2Request): H2Stream {
    const { method = 'GET', path, fields = [] } = request
    const { frontUrl } = this.#options
    return this.requestRaw([
      { name: ':method', value: method },
      { name: ':scheme', value: isSecure(frontUrl) ? 'https' : 'http' },
      { name: ':authority', value: request.authority ?? new URL(frontUrl).host },
      { name: ':path', value: path },
      ...fields,
    ])
  }

  /** Sends a request whose fields, pseudo-fields included, are these. */
  requestRaw(fields: readonly HeaderField[]): H2Stream {
    const stream = new H2Stream(this.#nextId, () => this.#changed())
    this.#nextId += 2
    this.#streams.set(stream.id, stream)
    this.#sendBlock(stream.id, encodeFields(fields))
    return stream
  }

  /** Gives the target room for more bytes; stream 0: on the connection. */
  openWindow(streamId: number, bytes: number): void {
    this.send({ type: FRAME.windowUpdate, flags: 0, streamId, payload: uint32(bytes) })
  }

  reset({ id }: H2Stream, code: number = ERROR_CODE.cancel): void {
    this.send({ type: FRAME.resetStream, flags: 0, streamId: id, payload: uint32(code) })
  }

  /** Asks for an acknowledgement. `payload`: 8 bytes. */
  ping(payload: Buffer): void {
    this.send({ type: FRAME.ping, flags: 0, streamId: 0, payload })
  }

  send(frame: Frame): void {
    this.#options.note(`sent ${describeFrame(frame)}`)
    this.#socket.write(encodeFrame(frame))
  }

  /** Sends bytes as they are. */
  sendRaw(bytes: Buffer): void {
    this.#socket.write(bytes)
  }

  close(): void {
    destroyConnection({ socket: this.#socket, tcp: this.#tcp })
  }

  #sendBlock(streamId: number, block: Buffer): void {
    const first = block.subarray(0, MAX_PAYLOAD_BYTES)
    let rest = block.subarray(first.length)
    const end = (): number => (rest.length === 0 ? FLAG.endHeaders : 0)
    this.send({ type: FRAME.headers, flags: FLAG.endStream | end(), streamId, payload: first })
    while (rest.length > 0) {
      const payload = rest.subarray(0, MAX_PAYLOAD_BYTES)
      rest = rest.subarray(payload.length)
      this.send({ type: FRAME.continuation, flags: end(), streamId, payload })
    }
  }

  #read(bytes: Buffer): void {
    for (const frame of this.#frames.push(bytes)) {
      this.#options.note(`received ${describeFrame(frame)}`)
      this.#take(frame)
    }
    this.#changed()
  }

  #take(frame: Frame): void {
    const { type, flags, streamId, payload } = frame
    const isAck = (flags & FLAG.ack) !== 0
    if (type === FRAME.data) this.#takeData(frame)
    else if (type === FRAME.headers || type === FRAME.continuation) this.#takeBlock(frame)
    else if (type === FRAME.resetStream)
      this.#streams.get(streamId)?.finish({ kind: 'reset', code: payload.readUInt32BE(0) })
    else if (type === FRAME.settings && isAck) this.#settingsAcked = true
    else if (type === FRAME.settings) {
      this.#settings = new Map([...(this.#settings ?? []), ...decodeSettings(payload)])
      this.send({ type, flags: FLAG.ack, streamId: 0, payload: Buffer.alloc(0) })
    } else if (type === FRAME.ping && isAck) this.#pings.push(payload.toString('hex'))
    else if (type === FRAME.ping) this.send({ type, flags: FLAG.ack, streamId: 0, payload })
    else if (type === FRAME.goAway) this.#goAway = { code: payload.readUInt32BE(4) }
  }

  #takeData(frame: Frame): void {
    const { payload, streamId, flags } = frame
    const stream = this.#streams.get(streamId)
    stream?.takeContent(contentOf(frame))
    // [http/2 §6.9.1] Padding counts, too.
    if (payload.length > 0) this.openWindow(0, payload.length)
    if ((flags & FLAG.endStream) !== 0) stream?.finish({ kind: 'end' })
    else if (payload.length > 0 && stream?.opensWindow === true)
      this.openWindow(streamId, payload.length)
  }

  #takeBlock(frame: Frame): void {
    if (frame.type === FRAME.headers) this.#block = { frame, parts: [contentOf(frame)] }
    else this.#block?.parts.push(frame.payload)
    if ((frame.flags & FLAG.endHeaders) === 0 || this.#block === undefined) return
    const { frame: first, parts } = this.#block
    this.#block = undefined
    const stream = this.#streams.get(first.streamId)
    stream?.takeHead(this.#decoder.decode(Buffer.concat(parts)))
    if ((first.flags & FLAG.endStream) !== 0) stream?.finish({ kind: 'end' })
  }

  /** Foreign bytes may end this connection, but not the suite. */
  #guard(read: () => void): void {
    if (this.#fault !== undefined) return
    try {
      read()
    } catch (error) {
      this.#fault = error instanceof Error ? error.message : String(error)
      destroyConnection({ socket: this.#socket, tcp: this.#tcp })
    }
  }

  #onClose(): void {
    this.#closed = true
    for (const stream of this.#streams.values()) stream.finish({ kind: 'connection' })
    this.#changed()
  }

  #changed(): void {
    this.#options.onChange()
  }
}
