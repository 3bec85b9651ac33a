import { announcedUrl } from './announced-url.ts'
import type { Entry, KnownUrl, NewEntry, Page } from './engine.ts'
import { EngineCalls } from './engine-calls.ts'
import { EngineRepair } from './engine-repair.ts'
import { entryId } from './epochs.ts'
import { LeaseKeeper } from './lease-keeper.ts'
import { LogAppender } from './log-appender.ts'
import { LogCopy } from './log-copy.ts'
import type { RowMemberOptions } from './row-options.ts'
import { RowUrls } from './row-urls.ts'

/** Silence of the engine, beyond the time of a lease, after which it counts as away. */
const AWAY_MS = 5000
/** Once joined, a read waits for this part of `leaseMs`, so that all notice a loss before the engine is settled. */
const TAIL_PART = 1 / 5

/**
 * One proxy of a row with a shared log. It copies the log, and gives each entry to its clients. The
 * member that has the lease of a back end connects to it, and appends its frames to the log. Clients
 * get a frame once the engine has it, so no id is ever seen that the log does not have.
 */
export class RowMember {
  readonly #options: RowMemberOptions
  readonly #copy: LogCopy
  readonly #calls: EngineCalls
  readonly #repair: EngineRepair
  readonly #keepers: ReadonlyMap<string, LeaseKeeper>
  readonly #appender: LogAppender
  readonly #urls: RowUrls
  /** Back ends that are connected, or are to be. */
  readonly #open = new Set<string>()
  readonly #wasOpen = new Set<string>()
  /** Back ends that are connected to once the copy has the whole log. */
  readonly #catchingUp = new Set<string>()
  #sequence = 0
  #isTailing = false
  #hasJoined = false
  #aloneEpoch: string | undefined
  #aloneNumber = 0
  #isClosed = false

  constructor(options: RowMemberOptions) {
    this.#options = options
    const { backEnds } = options
    this.#copy = new LogCopy(options.memory)
    this.#calls = new EngineCalls(options)
    this.#repair = new EngineRepair({ ...options, calls: this.#calls })
    this.#urls = new RowUrls({ ...options, calls: this.#calls })
    const keepers = backEnds.map((backEnd): [string, LeaseKeeper] => {
      const onGained = (): void => this.#lead(backEnd)
      const onLost = (): void => this.#close(backEnd)
      const { ask } = this.#calls
      return [backEnd, new LeaseKeeper({ ...options, backEnd, onGained, onLost, ask })]
    })
    this.#keepers = new Map(keepers)
    this.#appender = new LogAppender({
      ...options,
      calls: this.#calls,
      keepers: this.#keepers,
      mayAppend: () => this.isSettled && !this.isAlone,
      number: () => this.#copy.number,
      onAppended: (page) => this.#take(page),
      onMoved: (head, retry) => {
        this.#repair.see(head)
        // Other members may have appended. This also fetches what the engine has of the batch.
        this.#read(0, retry)
      },
    })
  }

  /** Whether clients have the shared log, as far as the engine can be asked. */
  get hasJoined(): boolean {
    return this.#hasJoined
  }

  /** Whether it reads all back ends itself, with ids of its own, because the engine is away. */
  get isAlone(): boolean {
    return this.#aloneEpoch !== undefined
  }

  /** How long the engine has not answered. */
  get silenceMs(): number {
    return this.#calls.silenceMs
  }

  /** Whether the engine accepts entries. */
  get isSettled(): boolean {
    return this.#repair.isSettled
  }

  /** Number of the newest entry that clients have. */
  get number(): number {
    return this.#copy.number
  }

  /** The change log URLs that the row knows, the latest last. */
  get urls(): readonly KnownUrl[] {
    return this.#urls.all()
  }

  /** The term of its lease of this back end; undefined = another member may have it. */
  term(backEnd: string): number | undefined {
    return this.#keepers.get(backEnd)?.lease?.term
  }

  /** The back end has answered. */
  reached(backEnd: string): void {
    this.#keepers.get(backEnd)?.reached()
  }

  /** This member connects to the back end, or has lost the connection. */
  unreached(backEnd: string): void {
    this.#keepers.get(backEnd)?.unreached()
  }

  /** A frame of a back end, or one that the proxy itself makes for its clients. */
  add(backEnd: string, frame: Buffer, upstreamId: string): void {
    const { owner } = this.#options
    if (!this.#open.has(backEnd)) return
    this.#sequence += 1
    const entry = { backEnd, owner, sequence: this.#sequence, upstreamId, frame }
    if (this.isAlone) this.#deliverAlone(entry)
    else this.#appender.add(entry)
  }

  /** The row forgets change logs that have ended, until a back end announces them again. */
  forget(urls: readonly string[]): void {
    this.#urls.forget(urls)
  }

  /** Does what is due. Call it at least every tenth of `leaseMs`. */
  check(): void {
    if (this.#isClosed) return
    const { whenAway, leaseMs } = this.#options
    for (const [backEnd, keeper] of this.#keepers) {
      keeper.check(this.#mayLead)
      this.#lead(backEnd)
    }
    this.#urls.check(this.#copy.number)
    this.#tail()
    this.#repair.settle(this.#copy.number)
    this.#appender.append()
    if (whenAway === 'own-connection' && this.silenceMs > leaseMs + AWAY_MS) this.#goAlone()
  }

  /** Gives its leases back. Settles with the answers; the caller then closes the engine. */
  async close(): Promise<void> {
    this.#isClosed = true
    const released = [...this.#keepers.values()].map(async (keeper) => await keeper.release())
    for (const backEnd of this.#open) this.#close(backEnd)
    this.#calls.close()
    await Promise.all(released)
  }

  get #mayLead(): boolean {
    return this.#hasJoined && this.isSettled && !this.isAlone
  }

  /** Copies the log up to its end, and only then connects: what others have read is not read again. */
  #lead(backEnd: string): void {
    const isBusy = this.#open.has(backEnd) || this.#catchingUp.has(backEnd)
    if (isBusy || this.term(backEnd) === undefined) return
    this.#catchingUp.add(backEnd)
    this.#read(
      0,
      (page) => {
        this.#catchingUp.delete(backEnd)
        if (this.#copy.number < page.head.number) this.#lead(backEnd)
        // Until then other members may give the engine events back that would be read again.
        else if (page.head.isSettled && this.term(backEnd) !== undefined) this.#connect(backEnd)
      },
      () => this.#catchingUp.delete(backEnd),
    )
  }

  #connect(backEnd: string): void {
    if (this.#open.has(backEnd)) return
    this.#open.add(backEnd)
    // The first term is that of a new row.
    const isLater = (this.term(backEnd) ?? 0) > 1
    const isContinuation = isLater || this.#copy.number > 0 || this.#wasOpen.has(backEnd)
    this.#wasOpen.add(backEnd)
    this.#options.onOpen(backEnd, { lastEventId: this.#copy.upstreamId(backEnd), isContinuation })
  }

  #close(backEnd: string): void {
    this.#appender.clear(backEnd)
    if (this.#open.delete(backEnd)) this.#options.onClose(backEnd)
  }

  #tail(): void {
    // The URLs are older than what the log has.
    if (this.#isTailing || !this.#urls.isLoaded) return
    this.#isTailing = true
    const before = this.#copy.number
    this.#read(
      this.#hasJoined ? this.#options.leaseMs * TAIL_PART : 0,
      () => {
        this.#isTailing = false
        if (this.#copy.number > before) this.#tail()
      },
      () => {
        this.#isTailing = false
      },
    )
  }

  #read(waitMs: number, onPage: (page: Page) => void, onFailure?: () => void): void {
    this.#calls.askLog(
      this.#options.engine.read(this.#copy.number, waitMs),
      (page) => {
        this.#take(page)
        onPage(page)
      },
      onFailure,
    )
  }

  /** Takes over what the engine has. */
  #take(page: Page): void {
    const { head } = page
    const comparison = this.#copy.compare(head)
    if (comparison.kind === 'old') return
    this.#repair.see(head)
    this.#urls.see(head)
    if (comparison.kind === 'lost') this.#repair.heal(head, comparison.epochs, comparison.entries)
    else if (comparison.kind === 'contradiction') this.#giveUpAfter(comparison.common)
    else this.#extend(page)
  }

  #extend(page: Page): void {
    const { added, isMissing } = this.#copy.add(page)
    const hasAll = this.#copy.number === page.head.number
    // Alone, clients have had these events from the back ends.
    if (this.isAlone) {
      if (hasAll) this.#rejoin()
      return
    }
    if (isMissing) {
      this.#urls.compareAgain()
      if (this.#hasJoined) {
        this.#startAgain()
        this.#options.onGap()
      }
    }
    for (const entry of added) this.#deliver(entry)
    this.#hasJoined ||= hasAll
  }

  #deliver(entry: Entry): void {
    const { backEnd, owner, sequence, number } = entry
    if (owner === this.#options.owner) this.#appender.acknowledge(backEnd, sequence)
    // The connection of this member does not continue this log, which has been put back.
    else if (this.#open.has(backEnd)) void this.#keepers.get(backEnd)?.release()
    this.#pass(entry, entryId(this.#copy.epochs, number))
  }

  #pass({ backEnd, frame }: NewEntry, id: string): void {
    const url = announcedUrl(frame)
    if (url !== undefined) this.#urls.heard(backEnd, url)
    this.#options.onFrame({ backEnd, id, frame, url })
  }

  /** Clients of this member have events after this number that the engine does not have. */
  #giveUpAfter(number: number): void {
    this.#calls.startOver()
    this.#copy.rollBack(number)
    this.#startAgain()
    this.#options.onGap()
  }

  /** The connections do not continue the log as it is now. Back ends are read again from its end. */
  #startAgain(): void {
    for (const keeper of this.#keepers.values()) void keeper.release()
  }

  #goAlone(): void {
    if (this.isAlone) return
    for (const keeper of this.#keepers.values()) keeper.lose()
    this.#aloneEpoch = this.#options.newEpoch()
    this.#aloneNumber = 0
    for (const backEnd of this.#options.backEnds) this.#connect(backEnd)
  }

  #deliverAlone(entry: NewEntry): void {
    this.#aloneNumber += 1
    this.#pass(entry, `${this.#aloneEpoch}-${this.#aloneNumber}`)
  }

  /** The engine is back, and the copy has its whole log. */
  #rejoin(): void {
    this.#aloneEpoch = undefined
    for (const backEnd of this.#options.backEnds) this.#close(backEnd)
    this.#hasJoined = true
    this.#urls.compareAgain()
    this.#options.onGap()
  }
}
