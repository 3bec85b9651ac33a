import type { Logger } from 'pino'

import type { BoundaryGuard } from '../boundary-guard.ts'
import type { Config } from '../config/config.ts'
import { CHECK_AGAIN_MS } from '../fanout/announcer.ts'
import { redact } from '../redact.ts'
import { askPage, askState, type PageRequest } from './ask-page.ts'
import { EndedLogs } from './ended-logs.ts'
import { LogWatch } from './log-watch.ts'
import { NO_STATE, readState, type ResyncState, writeState, writeStateNow } from './state-file.ts'

export interface ResyncOptions {
  readonly config: Config
  readonly logger: Logger
  readonly guard: BoundaryGuard
  /** When the last byte of this back end's stream was received. */
  readonly heardMs: (backEnd: number) => number
  /** The last event id of clients that have every event. */
  readonly lastId: () => string | undefined
  /** These change logs no longer exist. */
  readonly onEnded: (urls: readonly string[]) => void
  readonly nowMs: () => number
}

const PAGE_MS = 10_000
const CHECK_MS = 30_000
/** Until then clients wait for the announcements. */
const STATE_MS = 2000
const STATES_MS = 5000
const WRITE_EVERY_MS = 1000
/** Time between two log lines about failures. */
const LOG_EVERY_MS = 60_000

/**
 * What the proxy knows about the change logs of its back ends: which there are, which of them have
 * ended, and, in the mode `changelog`, where their changes begin that clients do not know. With a
 * state file it survives a restart.
 */
export class Resync {
  readonly #options: ResyncOptions
  readonly #before: ResyncState
  /** By back end; none unless the mode is `changelog`. */
  readonly #watches: readonly LogWatch[]
  /** By back end; none in the mode `off`. */
  readonly #endedLogs: readonly EndedLogs[]
  /** Change logs by back end, oldest first. */
  readonly #known: readonly Set<string>[]
  readonly #stop = new AbortController()
  #checkedMs = -Infinity
  #checking: Promise<void> = Promise.resolve()
  readonly #writer: NodeJS.Timeout | undefined
  #mustWrite = false
  #isWriting = false
  #ownsFile = true
  #loggedMs: number | undefined

  constructor(options: ResyncOptions) {
    this.#options = options
    const { backEnds, settings } = options.config
    const { mode, stateFile } = settings.resync
    this.#before = stateFile === '' ? NO_STATE : readState(stateFile, (why) => this.#damaged(why))
    this.#known = backEnds.map((_target, index) => new Set(this.urlsOf(index)))
    this.#watches = mode === 'changelog' ? backEnds.map((_target, index) => this.#watch(index)) : []
    this.#endedLogs = mode === 'off' ? [] : backEnds.map((_target, index) => this.#ended(index))
    if (stateFile !== '') {
      this.#writer = setInterval(() => {
        void options.guard.runAsync('timer', () => this.#write())
      }, WRITE_EVERY_MS)
    }
  }

  /** The last event id of the run before, if that has shut down normally. */
  get predecessor(): string | undefined {
    return this.#before.lastId
  }

  /** Change logs of this back end that the run before knew. */
  urlsOf(backEnd: number): readonly string[] {
    const uri = this.#options.config.backEnds[backEnd]?.uri.href ?? ''
    const { maxPointers } = this.#options.config.settings.resync
    return [...(this.#before.backEnds.get(uri)?.keys() ?? [])].slice(-maxPointers)
  }

  /** A back end has announced a change log. */
  announced(backEnd: number, url: string): void {
    this.#watches[backEnd]?.announced(url)
    this.#endedLogs[backEnd]?.announced(url)
    const known = this.#known[backEnd]
    if (known === undefined || known.has(url)) return
    known.add(url)
    const [oldest] = known
    const { maxPointers } = this.#options.config.settings.resync
    if (known.size > maxPointers && oldest !== undefined) known.delete(oldest)
    this.#mustWrite = true
  }

  /** The connection to a back end has ended. */
  lost(backEnd: number): void {
    this.#watches[backEnd]?.lost()
  }

  /** A connection to a back end has begun; `isComplete` = no event was lost before it. */
  opened(backEnd: number, isComplete: boolean): void {
    const watch = this.#watches[backEnd]
    watch?.lost()
    if (isComplete) watch?.resumed()
  }

  /**
   * Which of these change logs may have changed while the back end was away, and still exist. The
   * others of those are forgotten.
   */
  async missedAmong(backEnd: number, urls: readonly string[]): Promise<readonly string[]> {
    const changed = await this.#changedAmong(backEnd, urls)
    const ended = await this.#forgetEnded(backEnd, changed)
    return changed.filter((url) => !ended.has(url))
  }

  /**
   * Forgets the known change logs that have ended. Settles with the check that is under way, and at
   * once shortly after it.
   */
  async check(): Promise<void> {
    const nowMs = this.#options.nowMs()
    if (nowMs - this.#checkedMs >= CHECK_AGAIN_MS) {
      this.#checkedMs = nowMs
      this.#checking = this.#forgetAllEnded()
    }
    await this.#checking
  }

  async #forgetAllEnded(): Promise<void> {
    const checks = this.#known.map(async (urls, index) => await this.#forgetEnded(index, [...urls]))
    await Promise.all(checks)
  }

  async #changedAmong(backEnd: number, urls: readonly string[]): Promise<readonly string[]> {
    const watch = this.#watches[backEnd]
    if (watch === undefined) return urls
    const changed: string[] = []
    await watch.check(urls, (url) => changed.push(url))
    this.#options.logger.info(
      { known: urls.length, changed: changed.length },
      'asked the change logs after an outage',
    )
    return changed
  }

  /** Forgets those of these change logs that have ended, and returns them. */
  async #forgetEnded(backEnd: number, urls: readonly string[]): Promise<ReadonlySet<string>> {
    const ended = (await this.#endedLogs[backEnd]?.among(urls)) ?? new Set()
    if (ended.size > 0) this.#forget(backEnd, [...ended])
    return ended
  }

  #forget(backEnd: number, ended: readonly string[]): void {
    for (const url of ended) {
      this.#known[backEnd]?.delete(url)
      this.#watches[backEnd]?.forget(url)
    }
    this.#mustWrite = true
    this.#options.onEnded(ended)
    this.#options.logger.info({ ended: ended.length }, 'forgot change logs that no longer exist')
  }

  /** Another process of this proxy has the state file from now on. */
  leaveFile(): void {
    this.#ownsFile = false
    this.#stop.abort()
    clearInterval(this.#writer)
  }

  close(): void {
    this.#stop.abort()
    clearInterval(this.#writer)
    for (const each of [...this.#watches, ...this.#endedLogs]) each.close()
    const { stateFile } = this.#options.config.settings.resync
    if (stateFile === '' || !this.#ownsFile) return
    try {
      writeStateNow(stateFile, this.#state(this.#options.lastId()))
    } catch (error) {
      this.#logFailure(cannotWrite(stateFile, error))
    }
  }

  #watch(index: number): LogWatch {
    const { config, guard, heardMs, nowMs } = this.#options
    const question = this.#question(index)
    const { maxPointers, graceMs } = config.settings.resync
    const pointers = this.#before.backEnds.get(question.target.uri.href) ?? new Map()
    return new LogWatch(
      {
        ask: async (url, etag) => await askPage({ ...question, url, etag, timeoutMs: PAGE_MS }),
        heardMs: () => heardMs(index),
        graceMs,
        checkMs: CHECK_MS,
        maxLogs: maxPointers,
        onChange: () => {
          this.#mustWrite = true
        },
        onFailure: (url, error) => {
          this.#logFailure(`cannot ask the change log ${redact(url)}: ${redact(reasonOf(error))}`)
        },
        guard,
        nowMs,
      },
      new Map([...pointers].slice(-maxPointers)),
    )
  }

  #ended(index: number): EndedLogs {
    const question = this.#question(index)
    return new EndedLogs({
      ask: async (url) => await askState({ ...question, url, timeoutMs: STATE_MS }),
      checkMs: STATES_MS,
      nowMs: this.#options.nowMs,
    })
  }

  #question(index: number): Pick<PageRequest, 'target' | 'origins' | 'stop'> {
    const { config } = this.#options
    const target = config.backEnds[index]
    if (target === undefined) throw new RangeError(`back end ${index}`)
    return { target, origins: config.settings.backEnd.redirectOrigins, stop: this.#stop.signal }
  }

  async #write(): Promise<void> {
    if (!this.#mustWrite || this.#isWriting) return
    const { stateFile } = this.#options.config.settings.resync
    this.#mustWrite = false
    this.#isWriting = true
    try {
      await writeState(stateFile, this.#state(undefined), this.#stop.signal)
    } catch (error) {
      if (!this.#stop.signal.aborted) {
        this.#logFailure(cannotWrite(stateFile, error))
      }
    } finally {
      this.#isWriting = false
    }
  }

  #state(lastId: string | undefined): ResyncState {
    const { backEnds } = this.#options.config
    const logs = backEnds.map(({ uri }, index) => {
      const known = this.#known[index] ?? new Set()
      const pointers = this.#watches[index]?.pointers() ?? new Map()
      return [uri.href, new Map([...known].map((url) => [url, pointers.get(url)]))] as const
    })
    return { lastId, backEnds: new Map(logs) }
  }

  #damaged(reason: string): void {
    const { stateFile } = this.#options.config.settings.resync
    this.#options.logger.warn(`proxy.resync.stateFile: ${stateFile} is not used: ${reason}`)
  }

  /** Logs at most one line per minute: a store that is away could cause one per change log. */
  #logFailure(message: string): void {
    const nowMs = this.#options.nowMs()
    if (this.#loggedMs !== undefined && nowMs - this.#loggedMs < LOG_EVERY_MS) return
    this.#loggedMs = nowMs
    this.#options.logger.warn(message)
  }
}

function cannotWrite(stateFile: string, error: unknown): string {
  const advice = 'its folder must exist and be writable'
  return `proxy.resync.stateFile: cannot write ${stateFile}: ${reasonOf(error)}; ${advice}`
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
