import type { ClockState } from '../clock/clock-setting.ts'
import type { StoreClock } from '../clock/store-clock.ts'
import type { Change, Subject } from '../content/changes/change.ts'
import type { ContentItem, ItemPatch, NewItem } from '../content/item/item.ts'
import { logPath } from '../content/changes/log-ref.ts'
import { assertCount } from '../content/limits.ts'
import type { ContentList } from '../content/site/content-list.ts'
import type { NewSection, Section } from '../content/site/section.ts'
import type { ContentStore } from '../content/store.ts'
import type { Settings } from '../knobs.ts'
import type { LiveCenter } from '../live-center/live-center.ts'
import type { Newsgate, NewsgateEvent } from '../newsgate/newsgate.ts'
import { announcedPaths } from '../sse/change-stream.ts'
import type { StreamClientState } from '../sse/stream-client.ts'
import type { StreamHub } from '../sse/stream-hub.ts'
import { MockServerError } from '../errors.ts'
import type { Fault } from '../faults/fault.ts'
import type { FaultPlan, FaultReport } from '../faults/fault-plan.ts'
import type { RequestLimiter, WorkerCounts } from '../http/request-limiter.ts'
import { Waiters } from './waiters.ts'
import type { CountRequest, WantedCount } from './wanted-count.ts'
import { describeCount, wantedCount } from './wanted-count.ts'

/**
 * A change as the control API reports it: `logs` are the paths that the stream announces, in order.
 */
export interface ChangeReport {
  readonly id: number
  readonly kind: Change['kind']
  readonly subject: Subject
  readonly at: string
  readonly logs: readonly string[]
}

export interface ItemReport {
  readonly item: ContentItem
  readonly change: ChangeReport
}

export interface SectionReport extends Omit<
  Section,
  'otherFields' | 'kept' | 'editedAt' | 'revision'
> {
  /** Path of the section's change log. */
  readonly log: string
}

export type ListReport = Pick<ContentList, 'id' | 'sectionId' | 'kind' | 'name' | 'itemIds'>

export interface StoreInfo {
  readonly startedAt: string
  readonly clock: ClockState
  /** Id of the newest change: a cursor for `wait`. */
  readonly changeId: number
  readonly items: number
  readonly sections: number
  /** Uploaded files. */
  readonly binaries: { readonly files: number; readonly bytes: number }
  readonly clients: number
  readonly workers: WorkerCounts
  readonly settings: Omit<Settings, 'login'>
}

/**
 * The condition of a wait. `since` is a change id, by default the newest one; `timeoutMs` is 5000
 * by default.
 */
export type WaitRequest = CountRequest & {
  readonly timeoutMs?: number | undefined
} & (
    | { readonly for: 'clients' }
    | { readonly for: 'change' | 'delivery'; readonly since?: number | undefined }
  )

export interface WaitAnswer {
  /**
   * Number of open streams; with `delivery`, of those that got an event of a change after `since`.
   */
  readonly clients?: readonly StreamClientState[] | undefined
  readonly changes?: readonly ChangeReport[] | undefined
  /** The newest change: `since` of the next wait. */
  readonly cursor: number
}

const DEFAULT_WAIT_MS = 5_000
const EDITOR = { personId: 7, name: 'Test Editor' }

export interface StoreControlDeps {
  readonly store: ContentStore
  readonly hub: StreamHub
  readonly liveCenter: LiveCenter
  readonly newsgate: Newsgate
  readonly settings: Settings
  readonly limiter: Pick<RequestLimiter, 'counts'>
  readonly faults: FaultPlan
  readonly clock: StoreClock
}

/** The control operations for tests, shared by `/__mock` and `startMockContentStore().control`. */
export class StoreControl {
  readonly #store: ContentStore
  readonly #hub: StreamHub
  readonly #liveCenter: LiveCenter
  readonly #newsgate: Newsgate
  readonly #settings: Settings
  readonly #limiter: Pick<RequestLimiter, 'counts'>
  readonly #faults: FaultPlan
  /** Freezes, sets and advances the store's time. */
  readonly clock: StoreClock
  readonly #startedAt: string
  readonly #waiters = new Waiters()

  constructor(deps: StoreControlDeps) {
    const { store, hub, liveCenter, newsgate, settings, limiter, faults, clock } = deps
    this.#store = store
    this.#hub = hub
    this.#liveCenter = liveCenter
    this.#newsgate = newsgate
    this.#settings = settings
    this.#limiter = limiter
    this.#faults = faults
    this.clock = clock
    this.#startedAt = store.now().toISOString()
  }

  info(): StoreInfo {
    const { login: _secret, ...settings } = this.#settings
    return {
      startedAt: this.#startedAt,
      clock: this.clock.state,
      changeId: this.#store.logs.announcedId,
      items: this.#store.itemCount,
      sections: this.#store.site.sectionCount,
      binaries: this.#store.binaries.counts,
      clients: this.#hub.clientCount,
      workers: this.#limiter.counts,
      settings,
    }
  }

  /** Answers when the store serves requests. */
  ready(): { readonly ready: true } {
    return { ready: true }
  }

  clients(): readonly StreamClientState[] {
    return this.#hub.clients
  }

  /** Ends every open stream, like a web server restart. Returns their number. */
  closeStreams(): number {
    const { clientCount } = this.#hub
    this.#hub.closeAll()
    return clientCount
  }

  /** Content back to the start, under new change ids, no faults, the clock as at the start. [protocol §7.2] */
  reset(options: { readonly closeStreams?: boolean | undefined } = {}): void {
    this.#store.reset()
    this.#liveCenter.reset()
    this.#faults.set([])
    this.clock.reset()
    // Waits for changes end at once: their cursors are from before the reset.
    this.checkWaits()
    if (options.closeStreams === true) this.#hub.closeAll()
  }

  /** The faults that are set, with what they struck. */
  faults(): readonly FaultReport[] {
    return this.#faults.list()
  }

  /** Sets the whole plan of faults; those that are left out are off. */
  setFaults(faults: readonly Fault[]): readonly FaultReport[] {
    this.#faults.set(faults)
    return this.#faults.list()
  }

  sections(): readonly SectionReport[] {
    return this.#store.site.sections.map(sectionReport)
  }

  /**
   * `count` sections with consecutive ids, default one. `name` is numbered when there are several.
   */
  addSections(
    section: NewSection & { readonly count?: number | undefined } = {},
  ): readonly SectionReport[] {
    const { count = 1, name, ...rest } = section
    assertCount('sections', this.#store.site.sectionCount + count)
    return Array.from({ length: count }, (_, index) => {
      const numbered = name === undefined || count === 1 ? name : `${name} ${index + 1}`
      return sectionReport(this.#store.addSection({ ...rest, name: numbered }))
    })
  }

  lists(): readonly ListReport[] {
    return this.#store.site.lists.all.map(({ id, sectionId, kind, name, itemIds }) => {
      return { id, sectionId, kind, name, itemIds }
    })
  }

  /** Replaces what a list holds; each added or removed item is a change of the list's log. */
  setListItems(listId: number, itemIds: readonly number[]): readonly ChangeReport[] {
    return this.#store.setListItems(listId, itemIds).map((change) => this.#changeReport(change))
  }

  item(id: number): ContentItem {
    return this.#store.item(id)
  }

  createItem(item: NewItem): ItemReport {
    return this.#report(this.#store.createItem(item, EDITOR))
  }

  updateItem(id: number, patch: ItemPatch): ItemReport {
    return this.#report(this.#store.updateItem(id, patch))
  }

  publishItem(id: number): ItemReport {
    return this.#report(this.#store.updateItem(id, { state: 'published' }))
  }

  deleteItem(id: number): ItemReport {
    return this.#report(this.#store.deleteItem(id))
  }

  /** Sends an event to every client of the Newsgate stream. Returns its id. */
  publishNewsgate(event: NewsgateEvent = {}): string {
    return this.#newsgate.publish(event)
  }

  /**
   * Blocks until the condition holds. Throws `timed-out`, or at once: `evicted` when the store was
   * reset after `since`, or when its journal no longer reaches back that far, and `conflict` when
   * more changes came than the condition allows.
   */
  async wait(request: WaitRequest, signal?: AbortSignal): Promise<WaitAnswer> {
    const { timeoutMs = DEFAULT_WAIT_MS } = request
    const wanted = wantedCount(request)
    const since = request.for === 'clients' ? 0 : (request.since ?? this.#store.logs.announcedId)
    const look = (): WaitAnswer | undefined => this.#look(request.for, since, wanted)
    return this.#waiters.wait(look, timeoutMs, describeWait(request.for, since, wanted), signal)
  }

  /** Call after every event that may fulfil a wait. */
  checkWaits(): void {
    this.#waiters.checkAll()
  }

  /** Ends every open wait. */
  close(): void {
    this.#waiters.rejectAll(new MockServerError('shutting-down', 'the store is shutting down'))
  }

  #look(kind: WaitRequest['for'], since: number, wanted: WantedCount): WaitAnswer | undefined {
    const { logs } = this.#store
    const cursor = logs.announcedId
    if (kind !== 'clients') logs.assertCursor(since)
    if (kind === 'change') {
      const count = logs.countSince(since)
      if (count < wanted.min) return undefined
      if (count > wanted.max) {
        throw new MockServerError(
          'conflict',
          `expected ${describeCount(wanted)} changes after ${since}, and there were ${count}`,
        )
      }
      return { changes: logs.since(since).map((change) => this.#changeReport(change)), cursor }
    }
    // Cheap, and asked after each delivery: the clients are listed only when there are enough of
    // them.
    if (this.#hub.clientCount < wanted.min) return undefined
    const open = this.#hub.clients
    const clients = kind === 'clients' ? open : open.filter((client) => client.changeId > since)
    const isWanted = clients.length >= wanted.min && clients.length <= wanted.max
    return isWanted ? { clients, cursor } : undefined
  }

  #report(change: Change): ItemReport {
    return { item: this.#store.item(change.subject.id), change: this.#changeReport(change) }
  }

  #changeReport({ id, kind, subject, at, logs }: Change): ChangeReport {
    return { id, kind, subject, at, logs: announcedPaths(logs, this.#settings.announce) }
  }
}

function sectionReport({
  otherFields: _fields,
  kept: _kept,
  editedAt: _editedAt,
  revision: _revision,
  ...section
}: Section): SectionReport {
  return { ...section, log: logPath({ scope: 'section', id: section.id }) }
}

function describeWait(kind: WaitRequest['for'], since: number, wanted: WantedCount): string {
  const count = describeCount(wanted)
  if (kind === 'clients') return `${count} open streams`
  if (kind === 'change') return `${count} changes after ${since}`
  return `delivery of a change after ${since} to ${count} clients`
}
