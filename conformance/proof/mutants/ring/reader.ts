import type { Socket } from 'node:net'

import type { Entry, EventRing } from './event-ring.ts'
import type { Switches } from './switches.ts'

const REPLAY_CUT_BYTES = 64 * 1024
const PIECE_BYTES = 64 * 1024
const SINGLE_BYTES = 4096
const POLL_QUIET_MS = 60
const LATE_MS = 300
/** How many entries of a replay come at once, and how long the next ones wait. */
const REPLAY_PIECE = 8
const REPLAY_PAUSE_MS = 200
const PADDING = Buffer.from(`:${' '.repeat(64 * 1024)}\nretry: 5000\n\n`)

export interface ReaderOptions {
  readonly ring: EventRing
  readonly socket: Socket
  readonly switches: Switches
  readonly isChunked: boolean
  /** The response head. */
  readonly head: Buffer
  /** A fault: the head is sent with the first event. */
  readonly isHeadLate: boolean
  /** The first entry to read. */
  readonly from: number
  /** Events before that, from the ring's announcement: their id is that of the newest entry. */
  readonly before: readonly Buffer[]
  /** Longest silence towards the client. */
  readonly heartbeatMs: number
  /** Longest time without progress of a client that does not read. */
  readonly stallMs: number
  /** Ends after its events, and without events after this time [protocol §5.19]. 0: never. */
  readonly pollHoldMs: number
}

/** One client's stream. It pulls entries from the ring as fast as its socket takes them. */
export class Reader {
  readonly #options: ReaderOptions
  readonly #joinedAfter: number
  #cursor: number
  #heartbeat: NodeJS.Timeout | undefined
  #stall: NodeJS.Timeout | undefined
  #pollEnd: NodeJS.Timeout | undefined
  /** Until the late part of an announcement, or the next part of a replay, is due. */
  #late: NodeJS.Timeout | undefined
  #isPulling = false
  #isOver = false
  #wasBlocked = false
  #beats = 0
  #head: Buffer | undefined
  /** A fault: the rest of a large event, which the socket has not taken yet. */
  #unsent: Buffer = Buffer.alloc(0)

  constructor(options: ReaderOptions) {
    this.#options = options
    this.#head = options.head
    this.#cursor = options.from
    this.#joinedAfter = options.ring.newest
  }

  /**
   * Begins the stream: with the announcement, or with the entries after the client's id, or with an
   * id alone.
   */
  start(): void {
    const { ring, socket, before, switches } = this.#options
    const isLate = this.#options.isHeadLate
    if (!isLate) this.#writeHead()
    const newest = ring.idOf(this.#joinedAfter)
    const { pollHoldMs } = this.#options
    if (pollHoldMs > 0) this.#pollEnd = setTimeout(() => this.#endPoll(), pollHoldMs)
    const id = switches.has('ring-gap-without-id') ? '' : `id: ${newest}\n`
    if (switches.has('ring-pads')) this.#write(PADDING)
    this.#announce(id)
    const isNew = before.length === 0 && this.#cursor > this.#joinedAfter
    if (isNew && !isLate) this.#writeEarlyId(newest)
    socket.on('drain', () => this.pull())
    this.pull()
    this.#beat()
  }

  pull(): void {
    const { ring, socket, switches } = this.#options
    if (this.#isPulling || this.#isOver || this.#late !== undefined) return
    if (this.#unsent.length > 0) return this.#writeUnsent()
    this.#isPulling = true
    let inPiece = 0
    while (this.#cursor <= ring.newest) {
      if (inPiece === REPLAY_PIECE && this.#pausesReplay()) break
      inPiece += 1
      if (socket.writableNeedDrain) {
        this.#block()
        if (switches.has('ring-blocked-drops')) this.#cursor = ring.newest + 1
        break
      }
      const entry = ring.at(this.#cursor)
      // [protocol §5.10] It has fallen behind the ring.
      if (entry === undefined) {
        this.#isPulling = false
        return void socket.destroy()
      }
      this.#cursor += 1
      this.#emit(entry)
    }
    this.#isPulling = false
    if (!socket.writableNeedDrain) this.#unblock()
  }

  /** Ends the stream, with a time to return after. */
  end(retryMs: number): void {
    if (this.#isOver) return
    this.#write(Buffer.from(`retry: ${retryMs}\n\n`))
    this.close()
    if (this.#options.isChunked) this.#options.socket.write('0\r\n\r\n')
    this.#options.socket.end()
  }

  close(): void {
    this.#isOver = true
    clearTimeout(this.#heartbeat)
    clearTimeout(this.#stall)
    clearTimeout(this.#pollEnd)
    clearTimeout(this.#late)
  }

  #announce(id: string): void {
    const { before, switches } = this.#options
    const [gap] = before
    if (gap === undefined) return
    const write = (events: readonly Buffer[]): void => {
      for (const event of events) this.#write(Buffer.concat([Buffer.from(id), event]))
      this.#endPollSoon()
    }
    if (before.length === 1 || !switches.has('ring-announces-late')) return write(before)
    this.#write(gap)
    this.#late = setTimeout(() => {
      this.#late = undefined
      write(before.slice(1))
      this.pull()
    }, LATE_MS)
  }

  /** Harmless: the rest of a replay comes a little later. */
  #pausesReplay(): boolean {
    const { switches, pollHoldMs } = this.#options
    const isReplay = this.#cursor <= this.#joinedAfter && pollHoldMs === 0
    if (!isReplay || !switches.has('ring-replays-in-pieces')) return false
    this.#late = setTimeout(() => {
      this.#late = undefined
      this.pull()
    }, REPLAY_PAUSE_MS)
    return true
  }

  #emit(entry: Entry): void {
    const { ring, switches } = this.#options
    const isReplay = entry.sequence <= this.#joinedAfter
    let id = `id: ${ring.idOf(entry.sequence)}\n`
    let { bytes } = entry
    if (isReplay) {
      if (switches.has('ring-replay-without-ids')) id = ''
      if (switches.has('ring-replay-newest-id')) id = `id: ${ring.idOf(this.#joinedAfter)}\n`
      if (switches.has('ring-replay-cuts-large') && bytes.length > REPLAY_CUT_BYTES) {
        bytes = Buffer.concat([bytes.subarray(0, REPLAY_CUT_BYTES), Buffer.from('\n\n')])
      }
      if (switches.has('ring-replay-first-back-end') && entry.backEnd > 0) return
    }
    // A fault: the position after a replay is where the ring ended when the client drained, not
    // where the replay ended.
    if (
      this.#wasBlocked &&
      switches.has('ring-pause-skips') &&
      entry.sequence === this.#joinedAfter
    ) {
      this.#cursor = ring.newest + 1
    }
    if (
      this.#wasBlocked &&
      switches.has('ring-pause-repeats') &&
      entry.sequence === this.#joinedAfter + 1
    ) {
      this.#write(Buffer.concat([Buffer.from(id), bytes]))
    }
    this.#write(
      switches.has('ring-id-last') ? idLast(id, bytes) : Buffer.concat([Buffer.from(id), bytes]),
    )
    this.#endPollSoon()
  }

  #endPollSoon(): void {
    if (this.#options.pollHoldMs === 0) return
    clearTimeout(this.#pollEnd)
    // Each event restarts the wait: a burst comes in one response.
    this.#pollEnd = setTimeout(() => this.#endPoll(), POLL_QUIET_MS)
  }

  #endPoll(): void {
    const { socket, isChunked, switches } = this.#options
    if (switches.has('ring-poll-without-end')) return socket.destroySoon()
    if (isChunked) socket.write('0\r\n\r\n')
    this.close()
    socket.end()
  }

  /** [protocol §5.17] */
  #writeEarlyId(newest: string): void {
    const { switches, ring } = this.#options
    if (switches.has('ring-id-with-event-only')) return
    const id = switches.has('ring-early-id-ahead') ? ring.idOf(this.#joinedAfter + 1) : newest
    this.#write(Buffer.from(`id: ${id}\n\n`))
  }

  #writeHead(): void {
    if (this.#head !== undefined) this.#options.socket.write(this.#head)
    this.#head = undefined
  }

  #write(bytes: Buffer): void {
    const { socket, isChunked, switches } = this.#options
    this.#writeHead()
    if (!isChunked) socket.write(bytes)
    else if (switches.has('ring-one-byte-chunks')) socket.write(bytewise(bytes))
    else if (switches.has('ring-beats-inside-large') && bytes.length > PIECE_BYTES) {
      this.#unsent = bytes
      this.#writeUnsent()
    } else {
      for (let at = 0; at < bytes.length; at += PIECE_BYTES)
        this.#writeChunk(bytes.subarray(at, at + PIECE_BYTES))
    }
    this.#heartbeat?.refresh()
  }

  #writeChunk(piece: Buffer): void {
    const { socket } = this.#options
    socket.write(`${piece.length.toString(16)}\r\n`)
    socket.write(piece)
    socket.write('\r\n')
  }

  #writeUnsent(): void {
    while (this.#unsent.length > 0 && !this.#options.socket.writableNeedDrain) {
      this.#writeChunk(this.#unsent.subarray(0, PIECE_BYTES))
      this.#unsent = this.#unsent.subarray(PIECE_BYTES)
    }
    if (this.#unsent.length === 0) setImmediate(() => this.pull())
  }

  #beat(): void {
    const { switches, heartbeatMs } = this.#options
    this.#heartbeat = setInterval(() => {
      this.#beats += 1
      if (switches.has('ring-one-heartbeat') && this.#beats > 1) return
      const isFree = this.#unsent.length > 0 || !this.#options.socket.writableNeedDrain
      if (isFree) this.#write(Buffer.from(': .\n'))
    }, heartbeatMs)
  }

  #block(): void {
    this.#wasBlocked = true
    if (this.#stall !== undefined || this.#options.switches.has('ring-keeps-stalled')) return
    this.#stall = setTimeout(() => this.#options.socket.destroy(), this.#options.stallMs)
  }

  #unblock(): void {
    clearTimeout(this.#stall)
    this.#stall = undefined
  }
}

/** Every byte in a chunk of its own, up to the size at which that would take all the time. */
function bytewise(bytes: Buffer): Buffer {
  const text = bytes.toString('latin1', 0, SINGLE_BYTES)
  const single = Array.from(text, (byte) => `1\r\n${byte}\r\n`).join('')
  const rest = bytes.subarray(SINGLE_BYTES)
  const coded =
    rest.length === 0 ? '' : `${rest.length.toString(16)}\r\n${rest.toString('latin1')}\r\n`
  return Buffer.from(single + coded, 'latin1')
}

/** An event with its id as the last field. */
function idLast(id: string, bytes: Buffer): Buffer {
  const end = bytes.length - 1
  return Buffer.concat([bytes.subarray(0, end), Buffer.from(id), bytes.subarray(end)])
}
