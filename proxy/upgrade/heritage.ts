import { RelayedEvents } from '../backend/relayed-events.ts'
import type { BoundaryGuard } from '../boundary-guard.ts'
import type { FrameLog } from '../fanout/frame-log.ts'
import type { BackEndEstate } from '../process/back-end-handover.ts'
import { eachChunk } from '../sse/chunk.ts'
import { VERSION } from '../version.ts'
import type { Arriving } from './arriving.ts'
import {
  HANDOVER_VERSION,
  type Hello,
  type ToPredecessor,
  type ToSuccessor,
  type UpgradeCounts,
} from './messages.ts'
import { failed, SUCCESSOR } from './successor-process.ts'

/** The sides of this process that take over. */
export interface Heirs {
  readonly log: FrameLog
  readonly clients: Arriving
  readonly guard: BoundaryGuard
  readonly nowMs: () => number
}

/** What this process takes over from the one that has started it. */
export class Heritage {
  readonly #channel: NodeJS.Process
  readonly hello: Hello
  #heirs: Heirs | undefined
  #missing: readonly (readonly number[])[] = []
  readonly #relayed = new Map<string, RelayedEvents>()
  readonly #messages = new Map<string, (message: ToSuccessor) => void>()
  #onFailed: (error: Error) => void = ignore
  #error: Error | undefined
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
    this.#missing = await heirs.clients.prepare()
    return estate
  }

  /** Connections of the process before, by the URL of their back end. */
  get relayed(): ReadonlyMap<string, RelayedEvents> {
    return this.#relayed
  }

  /** Serves the clients from now on, once the process before has released them. */
  async takeOver(): Promise<number> {
    if (this.#heirs === undefined) throw new TypeError('copy comes first')
    const committed = this.#expect('commit')
    this.#send({ kind: 'prepared', missing: this.#missing })
    const { counts } = await committed
    this.#hasTakenOver = true
    const moved = await this.#heirs.clients.commit()
    this.#counts = { ...counts, moved: counts.moved + moved, done: counts.done + 1 }
    this.#send({ kind: 'serving', moved })
    return moved
  }

  #receive(message: ToSuccessor, socket: unknown): void {
    switch (message.kind) {
      case 'log': {
        const { firstNumber, firstPosition, lastId } = message
        this.#heirs?.log.beginAt(firstNumber, firstPosition, lastId)
        void this.#startClients()
        break
      }
      case 'frames':
        this.#append(message)
        break
      case 'move':
        this.#heirs?.clients.take(message.worker, message.move, socket)
        break
      case 'mark':
        this.#heirs?.clients.mark(message.worker)
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

  async #startClients(): Promise<void> {
    try {
      await this.#heirs?.clients.start({
        started: (pids) => this.#send({ kind: 'workers', pids }),
        marked: (worker) => this.#send({ kind: 'marked', worker }),
        cameLate: () => (this.#counts = { ...this.#counts, moved: this.#counts.moved + 1 }),
        failed: (error) => this.#abandon(error),
      })
      this.#send({ kind: 'takes-clients' })
    } catch (error) {
      this.#abandon(error instanceof Error ? error : new Error(String(error)))
    }
  }

  #abandon(error: Error): void {
    this.#error ??= error
    this.#onFailed(error)
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
      this.#onFailed = reject
      if (this.#error !== undefined) reject(this.#error)
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

function isOf<Kind extends ToSuccessor['kind']>(
  message: ToSuccessor,
  kind: Kind,
): message is Extract<ToSuccessor, { kind: Kind }> {
  return message.kind === kind
}

function ignore(): void {}
