import type { Entry, Page } from './engine.ts'
import { EngineCalls } from './engine-calls.ts'
import { EngineRepair } from './engine-repair.ts'
import { entryId } from './epochs.ts'
import { LeaseKeeper } from './lease-keeper.ts'
import { LogCopy } from './log-copy.ts'
import { PendingFrames } from './pending-frames.ts'
import type { RowMemberOptions } from './row-options.ts'

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
  readonly #pending: ReadonlyMap<string, PendingFrames>
  /** Back ends that are connected, or are to be. */
  readonly #open = new Set<string>()
  readonly #wasOpen = new Set<string>()
  /** Back ends that are connected to once the copy has the whole log. */
  readonly #catchingUp = new Set<string>()
  #sequence = 0
  #isTailing = false
  #isAppending = false
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
    this.#pending = new Map(backEnds.map((backEnd) => [backEnd, new PendingFrames()]))
    const keepers = backEnds.map((backEnd): [string, LeaseKeeper] => {
      const onGained = (): void => this.#lead(backEnd)
      const onLost = (): void => this.#close(backEnd)
      const { ask } = this.#calls
      return [backEnd, new LeaseKeeper({ ...options, backEnd, onGained, onLost, ask })]
    })
    this.#keepers = new Map(keepers)
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

  /** The term of its lease of this back end; undefined = another member may have it. */
  term(backEnd: string): number | undefined {
    return this.#keepers.get(backEnd)?.lease?.term
  }

  /** A frame of a back end, or one that the proxy itself makes for its clients. */
  add(backEnd: string, frame: Buffer, upstreamId: string): void {
    const { owner } = this.#options
    const pending = this.#pending.get(backEnd)
    if (pending === undefined || !this.#open.has(backEnd)) return
    this.#sequence += 1
    const entry = { backEnd, owner, sequence: this.#sequence, upstreamId, frame }
    if (this.#aloneEpoch !== undefined) {
      this.#deliverAlone(entry)
      return
    }
    pending.add(entry)
    // What does not fit is read again, from the last event in the log.
    if (pending.isFull) void this.#keepers.get(backEnd)?.release()
    else this.#append()
  }

  /** Does what is due. Call it at least every tenth of `leaseMs`. */
  check(): void {
    if (this.#isClosed) return
    const { whenAway, leaseMs } = this.#options
    for (const [backEnd, keeper] of this.#keepers) {
      keeper.check(this.#mayLead)
      this.#lead(backEnd)
    }
    this.#tail()
    this.#repair.settle(this.#copy.number)
    this.#append()
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
    this.#pending.get(backEnd)?.clear()
    if (this.#open.delete(backEnd)) this.#options.onClose(backEnd)
  }

  #tail(): void {
    if (this.#isTailing) return
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
    if (isMissing && this.#hasJoined) {
      this.#startAgain()
      this.#options.onGap()
    }
    for (const entry of added) this.#deliver(entry)
    this.#hasJoined ||= hasAll
  }

  #deliver({ backEnd, owner, sequence, number, frame }: Entry): void {
    if (owner === this.#options.owner) this.#pending.get(backEnd)?.acknowledge(sequence)
    // The connection of this member does not continue this log, which has been put back.
    else if (this.#open.has(backEnd)) void this.#keepers.get(backEnd)?.release()
    this.#options.onFrame({ backEnd, id: entryId(this.#copy.epochs, number), frame })
  }

  #append(): void {
    if (this.#isAppending || !this.isSettled || this.isAlone) return
    const [keeper, pending] = this.#longestPending()
    const lease = keeper?.lease
    if (lease === undefined || pending.size === 0) return
    this.#isAppending = true
    const after = this.#copy.number
    const batch = pending.batch()
    const done = (): void => {
      this.#isAppending = false
    }
    this.#calls.askLog(
      this.#options.engine.append(lease, after, batch),
      ({ refusal, head }) => {
        done()
        if (refusal === undefined) {
          const entries = batch.map((entry, index) => ({ ...entry, number: after + 1 + index }))
          this.#take({ head, entries })
        } else if (refusal === 'not-leader') {
          keeper?.lose()
        } else {
          this.#repair.see(head)
          // Other members may have appended. This also fetches what the engine has of the batch.
          this.#read(0, () => this.#append())
          return
        }
        this.#append()
      },
      done,
    )
  }

  /** The back end whose frames wait most, so that none waits for ever. */
  #longestPending(): readonly [LeaseKeeper | undefined, PendingFrames] {
    let longest = new PendingFrames()
    let keeper: LeaseKeeper | undefined
    for (const [backEnd, pending] of this.#pending) {
      if (pending.size <= longest.size) continue
      longest = pending
      keeper = this.#keepers.get(backEnd)
    }
    return [keeper, longest]
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

  #deliverAlone({ backEnd, frame }: { readonly backEnd: string; readonly frame: Buffer }): void {
    this.#aloneNumber += 1
    this.#options.onFrame({ backEnd, id: `${this.#aloneEpoch}-${this.#aloneNumber}`, frame })
  }

  /** The engine is back, and the copy has its whole log. */
  #rejoin(): void {
    this.#aloneEpoch = undefined
    for (const backEnd of this.#options.backEnds) this.#close(backEnd)
    this.#hasJoined = true
    this.#options.onGap()
  }
}
