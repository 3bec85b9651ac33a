import { connect, type Socket } from 'node:net'

const REQUEST = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'
/** What a stream ends with [http/1.1 §7.1]. */
const LAST_CHUNK = '0\r\n\r\n'
/** The end of what arrived, in which the last chunk is looked for. */
const TAIL_LENGTH = 64

/**
 * Clients that reconnect as soon as their stream has ended properly. A client to which anything else
 * happens is a failure and does not return.
 */
export class RestlessCrowd implements AsyncDisposable {
  /** Clients with a stream. */
  open = 0
  /** Streams that ended properly, and were followed by a new connection. */
  returns = 0
  /** Connections that were refused, reset, or closed in the middle of a response. */
  readonly failures: string[] = []
  readonly #port: number
  readonly #sockets = new Set<Socket>()
  readonly #events = new Map<string, number>()
  #isOver = false

  constructor(port: number, clients: number) {
    this.#port = port
    for (let index = 0; index < clients; index += 1) this.#dial()
  }

  /** Whether every client has a stream. Throws with the failures, if there are any. */
  isWhole(clients: number): boolean {
    if (this.failures.length > 0) throw new Error(`clients failed: ${this.failures.join(', ')}`)
    return this.open === clients
  }

  /** How many clients got the event whose data starts with this word. */
  eventsOf(word: string): number {
    return this.#events.get(word) ?? 0
  }

  #dial(): void {
    const socket = connect({ port: this.#port, host: '127.0.0.1' })
    this.#sockets.add(socket)
    let isOpen = false
    let tail = ''
    let failure: string | undefined
    socket.on('connect', () => socket.write(REQUEST))
    socket.on('error', (error) => (failure = error.message))
    socket.on('data', (bytes) => {
      const text = bytes.toString('latin1')
      if (!isOpen) {
        isOpen = text.startsWith('HTTP/1.1 200')
        if (isOpen) this.open += 1
        else failure ??= `answered ${text.slice(0, 12)}`
      }
      for (const [, word = ''] of text.matchAll(/^data: (\w+)/gm)) {
        this.#events.set(word, this.eventsOf(word) + 1)
      }
      tail = (tail + text).slice(-TAIL_LENGTH)
    })
    socket.on('close', () => {
      this.#sockets.delete(socket)
      if (isOpen) this.open -= 1
      if (this.#isOver) return
      if (failure === undefined && !tail.endsWith(LAST_CHUNK)) failure = 'closed without an end'
      if (failure !== undefined) {
        this.failures.push(failure)
        return
      }
      this.returns += 1
      this.#dial()
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true
    for (const socket of this.#sockets) socket.destroy()
    await Promise.resolve()
  }
}
