import { createHash } from 'node:crypto'

import type { Logger } from 'pino'

import type { BackEndState } from '../backend/back-end-options.ts'
import type { BoundaryGuard } from '../boundary-guard.ts'
import type { EngineTarget } from '../config/config.ts'
import { engineErrorText } from '../row/engine-error.ts'
import { CALL_MS } from '../row/engine.ts'
import { RedisEngine } from '../row/redis-engine.ts'
import { nameOfTarget } from '../row/redis-target.ts'
import { RowMember } from '../row/row-member.ts'
import type { RowFrame, RowMemberOptions, UpstreamStart } from '../row/row-options.ts'

export interface RowOptions extends Pick<
  RowMemberOptions,
  'memory' | 'maxUrls' | 'patienceMs' | 'onGap'
> {
  readonly engine: EngineTarget
  /** URLs of the back ends. */
  readonly uris: readonly URL[]
  /** Names this run of this proxy. */
  readonly owner: string
  /** Different for each call, host and run. */
  readonly newEpoch: () => string
  /** Connect to this back end. */
  readonly onOpen: (backEnd: number, start: UpstreamStart) => void
  /** Disconnect from this back end. */
  readonly onClose: (backEnd: number) => void
  /** A frame for clients. `backEnd` is -1 for one that this proxy does not have. */
  readonly onFrame: (backEnd: number, frame: Omit<RowFrame, 'backEnd'>) => void
  /** The row knows change logs that this proxy has not heard of. */
  readonly onUrls: (backEnd: number, urls: readonly string[]) => void
  readonly guard: BoundaryGuard
  readonly logger: Logger
  /** Monotonic. It stops while the process is stopped. */
  readonly runningMs: () => number
}

/** What a proxy knows of its row, for health and metrics. */
export interface RowState {
  /** Name of the row. */
  readonly name: string
  /** Whether clients have the shared log. */
  readonly hasJoined: boolean
  /** Whether it reads all back ends itself, because the engine is away. */
  readonly isAlone: boolean
  /** Whether the engine accepts entries. */
  readonly isSettled: boolean
  /** What is wrong with the engine; undefined = it answers. */
  readonly failure: string | undefined
  /** Number of the newest entry that clients have. */
  readonly number: number
  /** For each back end, the term in which this proxy reads it; undefined = another proxy may. */
  readonly terms: readonly (number | undefined)[]
  readonly counts: { readonly failures: number; readonly gaps: number; readonly healed: number }
}

/** How often the row is looked after, at least. */
const CHECK_MS = 100
/** How long a failure of the engine is reported after it. */
const RECENT_MS = 3000
/** Longest wait for the answers to the last calls. */
const CLOSE_MS = 500

/** This proxy's place in a row of proxies with one log in Redis. */
export class Row {
  readonly #options: RowOptions
  readonly #engine: RedisEngine
  readonly #member: RowMember
  /** Names of the back ends in the engine: they show no secret of a URL. */
  readonly #names: readonly string[]
  readonly #counts = { failures: 0, gaps: 0, healed: 0 }
  #failure: { readonly text: string; readonly ms: number } | undefined
  #known = 'starting'
  #timer: NodeJS.Timeout | undefined
  readonly #waiting: (() => void)[] = []

  constructor(options: RowOptions) {
    this.#options = options
    const { engine, uris, owner, maxUrls, onOpen, onClose, onFrame, onUrls, logger } = options
    this.#names = uris.map(({ href }) =>
      createHash('sha256').update(href).digest('hex').slice(0, 16),
    )
    this.#engine = new RedisEngine({ ...engine, maxUrls })
    this.#member = new RowMember({
      ...options,
      engine: this.#engine,
      owner,
      backEnds: this.#names,
      leaseMs: engine.leaseMs,
      whenAway: engine.whenAway,
      newEpoch: () => engine.name + options.newEpoch(),
      onOpen: (name, start) => onOpen(this.#names.indexOf(name), start),
      onClose: (name) => onClose(this.#names.indexOf(name)),
      onUnreached: (name) => {
        const { host } = uris[this.#names.indexOf(name)] ?? {}
        logger.warn({ host }, 'row: the back end cannot be reached, another proxy may read it')
      },
      onFrame: ({ backEnd, ...frame }) => onFrame(this.#names.indexOf(backEnd), frame),
      onUrls: (backEnd, urls) => onUrls(this.#names.indexOf(backEnd), urls),
      onGap: () => {
        this.#counts.gaps += 1
        logger.warn('row: clients may have missed events, and are told so')
        options.onGap()
      },
      onHealed: (entries) => {
        this.#counts.healed += entries
        logger.warn({ entries }, 'row: the engine had lost events and has got them back')
      },
      onFailure: (error) => {
        this.#counts.failures += 1
        this.#failure = { text: engineErrorText(error), ms: options.runningMs() }
      },
      nowMs: () => performance.now(),
    })
  }

  get state(): RowState {
    const { hasJoined, isAlone, isSettled, number } = this.#member
    return {
      name: this.#options.engine.name,
      hasJoined,
      isAlone,
      isSettled,
      failure: this.#whatFails,
      number,
      terms: this.#names.map((name) => this.#member.term(name)),
      counts: this.#counts,
    }
  }

  /** Settles when clients can be served: the proxy has the shared log, or is alone. */
  async join(): Promise<void> {
    const { guard, engine } = this.#options
    const check = (): void => guard.run('timer', () => this.#check())
    this.#timer = setInterval(check, Math.min(CHECK_MS, engine.leaseMs / 10))
    const joined = new Promise<void>((resolve) => {
      this.#waiting.push(resolve)
    })
    check()
    await joined
  }

  /** A connection that this proxy has for the row has opened or ended. */
  changed(backEnd: number, state: BackEndState): void {
    const name = this.#names[backEnd] ?? ''
    const isReached = state.state === 'open' || (state.state === 'waiting' && state.isAsked)
    if (isReached) this.#member.reached(name)
    else if (state.state !== 'closed') this.#member.unreached(name)
  }

  /** A frame of a back end, for the log; `upstreamId` = the id of the back end's last event with it. */
  add(backEnd: number, frame: Buffer, upstreamId: string): void {
    // It shares memory with the connection.
    this.#member.add(this.#names[backEnd] ?? '', Buffer.from(frame), upstreamId)
  }

  /** The row forgets change logs that have ended. */
  forget(urls: readonly string[]): void {
    this.#member.forget(urls)
  }

  /** Gives its back ends to other proxies, and disconnects from the engine. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    let timer: NodeJS.Timeout | undefined
    const tooLate = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, CLOSE_MS)
    })
    await Promise.race([this.#member.close(), tooLate])
    clearTimeout(timer)
    this.#engine.close()
  }

  get #whatFails(): string | undefined {
    const { engine, runningMs } = this.#options
    const { text = 'no answer', ms = -Infinity } = this.#failure ?? {}
    const hasFailed = runningMs() - ms < RECENT_MS
    // A read waits for a fifth of the lease for a new event.
    const isSilent = this.#member.silenceMs > engine.leaseMs / 5 + CALL_MS
    return hasFailed || isSilent ? text : undefined
  }

  #check(): void {
    this.#member.check()
    const { hasJoined, isAlone } = this.#member
    if (hasJoined || isAlone) for (const resolve of this.#waiting.splice(0)) resolve()
    this.#report()
  }

  /** Logs one line per change. */
  #report(): void {
    const { logger, engine } = this.#options
    const { hasJoined, isAlone, isSettled, failure, number } = this.state
    const known = isAlone
      ? 'alone'
      : failure !== undefined
        ? 'away'
        : hasJoined
          ? 'joined'
          : 'starting'
    if (known === this.#known) return
    this.#known = known
    const url = nameOfTarget(engine)
    if (known === 'joined') {
      const events = isSettled ? `has the log up to number ${number}` : 'waits for the engine'
      logger.info({ engine: url, number }, `row ${engine.name}: this proxy ${events}`)
    } else if (known === 'away') {
      const next =
        engine.whenAway === 'wait'
          ? 'clients get nothing new'
          : 'this proxy soon reads back ends itself'
      logger.warn({ engine: url }, `row ${engine.name}: the engine fails, ${next}: ${failure}`)
    } else if (known === 'alone') {
      logger.warn({ engine: url }, `row ${engine.name}: this proxy reads all back ends itself`)
    }
  }
}
