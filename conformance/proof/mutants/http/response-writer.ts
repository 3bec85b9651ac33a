import type { Socket } from 'node:net'
import { passOn, type Stage } from '../stages/stage.ts'
import { encodeChunk, LAST_CHUNK, responseFraming } from './body.ts'
import type { FrontFaults } from './front-faults.ts'
import {
  fieldValue,
  formatResponseHead,
  withField,
  type RequestHead,
  type ResponseHead,
} from './head.ts'

/**
 * Sends one response to one client and frames its body for the client's HTTP version. The given
 * head has framing fields only if it knows the length.
 */
export class ResponseWriter {
  readonly #client: Socket
  readonly #stage: Stage
  readonly #faults: FrontFaults
  readonly #chunked: boolean
  readonly #hasBody: boolean
  #heldHead: Buffer | undefined
  #headDelay: NodeJS.Timeout | undefined
  #over = false
  /** Resolves once the response has ended properly, was aborted, or has lost its client. */
  readonly ended: Promise<void>
  #resolveEnded: () => void = () => {}
  readonly #onClientClose = (): void => this.#close()
  /** True when the connection may carry another exchange afterwards. */
  readonly persistent: boolean

  constructor(client: Socket, request: RequestHead, response: ResponseHead, faults: FrontFaults) {
    this.#client = client
    this.#faults = faults
    const framed = frameResponse(request, withDate(response))
    const head = faults.response?.(framed, request) ?? framed
    this.#chunked = fieldValue(head, 'transfer-encoding') !== undefined
    this.#hasBody = responseFraming(head, request.method).kind !== 'none'
    this.persistent = fieldValue(head, 'connection') !== 'close'
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve
    })
    this.#stage = (faults.body ?? passOn)({
      request,
      response: head,
      emit: (bytes) => this.#emit(bytes),
      finish: () => this.#finish(),
      fail: () => this.#fail(),
    })
    client.once('close', this.#onClientClose)
    this.#heldHead = formatResponseHead(head, faults.statusLine?.(response))
    const after = faults.afterHead?.(request, head)
    if (after !== undefined) this.#heldHead = Buffer.concat([this.#heldHead, Buffer.from(after)])
    if (faults.headDelayMs !== undefined) {
      this.#headDelay = setTimeout(() => this.#releaseHead(), faults.headDelayMs)
    } else if (faults.holdsHead?.(request, head) !== true) this.#releaseHead()
  }

  /** Bytes written that the client has not yet read. */
  get pendingBytes(): number {
    return this.#client.writableLength
  }

  write(bytes: Buffer): void {
    if (!this.#over) this.#stage.push(bytes)
  }

  /** Resolves when the client can take more, or has disconnected. */
  async drained(): Promise<void> {
    if (!this.#client.writableNeedDrain || this.#over) return
    const client = this.#client
    await new Promise<void>((resolve) => {
      const settle = (): void => {
        client.off('drain', settle).off('close', settle)
        resolve()
      }
      client.on('drain', settle).on('close', settle)
    })
  }

  end(): void {
    if (this.#over) return
    if (this.#stage.end === undefined) this.#finish()
    else this.#stage.end()
  }

  /** Ends the response visibly incomplete [http/1.1 §8]. */
  abort(): void {
    if (this.#over) return
    if (this.#stage.abort === undefined) this.#fail()
    else this.#stage.abort()
  }

  /** Disconnects the client and discards unread bytes. */
  cut(): void {
    if (this.#over) return
    this.#close()
    // A socket that is ending cannot be reset: Node 20 would leak its handle.
    if (this.#client.writableEnded) this.#client.destroy()
    else this.#client.resetAndDestroy()
  }

  #emit(bytes: Buffer): void {
    if (this.#over || bytes.length === 0 || !this.#hasBody) return
    this.#releaseHead()
    const encode = this.#faults.chunk ?? encodeChunk
    this.#client.write(this.#chunked ? encode(bytes) : bytes)
  }

  #finish(): void {
    if (this.#over) return
    this.#releaseHead()
    if (this.#chunked && this.#hasBody) this.#client.write(LAST_CHUNK)
    this.#close()
    if (!this.persistent) this.#client.end()
  }

  #fail(): void {
    if (this.#over) return
    if (this.#faults.forgesEnd === true) return this.#finish()
    this.#close()
    // Without chunks the end of the connection is the end of the body, so only a reset shows the
    // loss. A socket that is ending cannot be reset: Node 20 would leak its handle.
    if (this.#chunked || this.#client.writableEnded) this.#client.destroySoon()
    else this.#client.write('', () => this.#client.resetAndDestroy())
  }

  #releaseHead(): void {
    if (this.#heldHead === undefined) return
    this.#client.write(this.#heldHead)
    this.#heldHead = undefined
  }

  #close(): void {
    if (this.#over) return
    this.#over = true
    clearTimeout(this.#headDelay)
    // The connection may carry many exchanges.
    this.#client.off('close', this.#onClientClose)
    this.#stage.close?.()
    this.#resolveEnded()
  }
}

// [http §6.6.1] A server with a clock sends Date; one from the back end is kept.
function withDate(head: ResponseHead): ResponseHead {
  return fieldValue(head, 'date') === undefined
    ? withField(head, 'Date', new Date().toUTCString())
    : head
}

function frameResponse(request: RequestHead, response: ResponseHead): ResponseHead {
  const last =
    request.version === '1.0' || /\bclose\b/i.test(fieldValue(request, 'connection') ?? '')
  const sized =
    fieldValue(response, 'content-length') !== undefined ||
    responseFraming(response, request.method).kind === 'none'
  if (sized) return last ? withField(response, 'Connection', 'close') : response
  // [http/1.1 §6.1] no transfer coding for a 1.0 client: its body ends with the connection.
  if (request.version === '1.0') return withField(response, 'Connection', 'close')
  const chunked = withField(response, 'Transfer-Encoding', 'chunked')
  return last ? withField(chunked, 'Connection', 'close') : chunked
}
