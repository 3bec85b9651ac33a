import { Socket } from 'node:net'

import { RelayedEvents } from '../backend/relayed-events.ts'
import type { BoundaryGuard } from '../boundary-guard.ts'
import type { FrameLog } from '../fanout/frame-log.ts'
import { PACKED_NUMBERS, type StreamFacts } from '../fanout/stream-state.ts'
import type { BackEndEstate } from '../process/back-end-handover.ts'
import type { ClientSide } from '../process/client-side.ts'
import { eachChunk } from '../sse/chunk.ts'
import { VERSION } from '../version.ts'
import {
  HANDOVER_VERSION,
  type Hello,
  type ToPredecessor,
  type ToSuccessor,
  type UpgradeCounts,
} from './messages.ts'
import { failed, SUCCESSOR } from './successor-process.ts'

interface Client {
  readonly socket: Socket
  readonly facts: StreamFacts
}

/** The sides of this process that take over. */
export interface Heirs {
  readonly log: FrameLog
  readonly guard: BoundaryGuard
  readonly nowMs: () => number
}

/** What this process takes over from the one that has started it. */
export class Heritage {
  readonly #channel: NodeJS.Process
  readonly hello: Hello
  #heirs: Heirs | undefined
  #clients: ClientSide | undefined
  readonly #sockets = new Map<number, Client>()
  readonly #rows: Float64Array[] = []
  readonly #relayed = new Map<string, RelayedEvents>()
  readonly #messages = new Map<string, (message: ToSuccessor) => void>()
  #counts: UpgradeCounts
  #hasTakenOver = false

  private constructor(channel: NodeJS.Process, hello: Hello) {
    this.#channel = channel
    this.hello = hello
    this.#counts = hello.counts
  }

  /**
   * What the process that has started this one hands over; undefined if it does not. Throws
   * `upgrade-failed` if the two programs do not understand each other.
   */
  static async open(channel: NodeJS.Process): Promise<Heritage | undefined> {
    const isSuccessor = channel.env[SUCCESSOR] !== undefined && channel.send !== undefined
    delete channel.env[SUCCESSOR]
    if (!isSuccessor) return undefined
    const hello = await new Promise<Hello>((resolve, reject) => {
      channel.once('message', (message: ToSuccessor) => {
        if (message.kind === 'hello') resolve(message)
        else reject(failed(`expected hello, got ${message.kind}`))
      })
      channel.once('disconnect', () => reject(failed('the process before has ended')))
      channel.send?.({ kind: 'started' } satisfies ToPredecessor)
    })
    if (hello.version !== HANDOVER_VERSION) {
      throw failed(
        `version ${VERSION} cannot take over from the version that runs: restart the proxy`,
      )
    }
    return new Heritage(channel, hello)
  }

  /** What upgrades have done, this one included once it is completed. */
  get counts(): UpgradeCounts {
    return this.#counts
  }

  /** Tells the process before why this one ends. */
  fail(reason: string): void {
    if (!this.#hasTakenOver) this.#send({ kind: 'failed', reason })
  }

  /**
   * Copies log and sockets. Settles when both are complete; the process before writes no more until
   * `takeOver`, or until this process ends.
   */
  async copy(heirs: Heirs): Promise<BackEndEstate> {
    this.#heirs = heirs
    this.#channel.on('message', (message: ToSuccessor, socket: unknown) => {
      heirs.guard.run('worker', () => this.#receive(message, socket))
    })
    const complete = this.#expect('prepare')
    this.#send({ kind: 'ready' })
    const { estate } = await complete
    for (const { uri, isOpen } of estate.backEnds) {
      if (isOpen) this.#relayed.set(uri, this.#relay(uri))
    }
    return estate
  }

  /** Connections of the process before, by the URL of their back end. */
  get relayed(): ReadonlyMap<string, RelayedEvents> {
    return this.#relayed
  }

  /** Serves the clients from now on, once the process before has released them. */
  async takeOver(clients: ClientSide): Promise<number> {
    const committed = this.#expect('commit')
    this.#send({ kind: 'prepared', missing: this.#missing() })
    const { counts } = await committed
    this.#hasTakenOver = true
    this.#clients = clients
    let moved = 0
    for (const rows of this.#rows) {
      for (let at = 0; at < rows.length; at += PACKED_NUMBERS) {
        const row = rows.subarray(at, at + PACKED_NUMBERS)
        const client = this.#sockets.get(row[0] ?? -1)
        if (client === undefined) continue
        this.#sockets.delete(row[0] ?? -1)
        clients.adopt(client.socket, client.facts, row)
        moved += 1
      }
    }
    // They have left, or the process before serves them for a little longer.
    for (const { socket } of this.#sockets.values()) socket.destroy()
    this.#sockets.clear()
    this.#counts = { ...counts, moved: counts.moved + moved, done: counts.done + 1 }
    this.#send({ kind: 'serving', moved })
    return moved
  }

  /** The kernel drops a socket for which this process has no file left. */
  #missing(): readonly number[] {
    const keys = this.#rows.flatMap((rows) =>
      Array.from(rows.filter((_number, index) => index % PACKED_NUMBERS === 0)),
    )
    return keys.filter((key) => !this.#sockets.has(key))
  }

  #receive(message: ToSuccessor, socket: unknown): void {
    switch (message.kind) {
      case 'log': {
        const { firstNumber, firstPosition, lastId } = message
        this.#heirs?.log.beginAt(firstNumber, firstPosition, lastId)
        break
      }
      case 'frames':
        this.#append(message)
        break
      case 'client':
        if (isSocket(socket)) this.#sockets.set(message.key, { socket, facts: message.facts })
        break
      case 'rows':
        this.#rows.push(message.rows)
        break
      case 'late':
        if (isSocket(socket)) {
          this.#clients?.adopt(socket, message.facts, message.row)
          this.#counts = { ...this.#counts, moved: this.#counts.moved + 1 }
        }
        break
      case 'drained':
        this.#counts = { ...this.#counts, drained: this.#counts.drained + message.clients }
        break
      case 'back-end-frame':
        this.#relayed.get(message.uri)?.push(Buffer.from(message.bytes))
        break
      case 'back-end-end':
        this.#relayed.get(message.uri)?.finish()
        break
      default:
        this.#messages.get(message.kind)?.(message)
    }
  }

  #append({ chunked, ids, urls, agesMs }: Extract<ToSuccessor, { kind: 'frames' }>): void {
    if (this.#heirs === undefined) return
    const { log, nowMs } = this.#heirs
    let index = 0
    eachChunk(Buffer.from(chunked), (chunk) => {
      const facts = { id: ids[index], url: urls[index] }
      log.appendChunk(chunk, facts, nowMs() - (agesMs[index] ?? 0))
      index += 1
    })
  }

  #relay(uri: string): RelayedEvents {
    const { guard, nowMs } = this.#heirs ?? {}
    if (guard === undefined || nowMs === undefined) throw new TypeError('copy comes first')
    return new RelayedEvents({
      stop: () => this.#send({ kind: 'stop-back-end', uri }),
      guard,
      nowMs,
    })
  }

  async #expect<Kind extends 'prepare' | 'commit'>(
    kind: Kind,
  ): Promise<Extract<ToSuccessor, { kind: Kind }>> {
    return await new Promise((resolve, reject) => {
      this.#messages.set(kind, (message) => {
        if (isOf(message, kind)) resolve(message)
      })
      if (!this.#channel.connected) reject(failed('the process before has ended'))
      this.#channel.once('disconnect', () => {
        for (const relayed of this.#relayed.values()) relayed.finish()
        reject(failed('the process before has ended'))
      })
    })
  }

  #send(message: ToPredecessor): void {
    if (this.#channel.connected) this.#channel.send?.(message, undefined, undefined, ignore)
  }
}

/** The error of a socket is always followed by its end. */
function isSocket(value: unknown): value is Socket {
  if (!(value instanceof Socket)) return false
  value.on('error', ignore)
  return true
}

function isOf<Kind extends ToSuccessor['kind']>(
  message: ToSuccessor,
  kind: Kind,
): message is Extract<ToSuccessor, { kind: Kind }> {
  return message.kind === kind
}

function ignore(): void {}
