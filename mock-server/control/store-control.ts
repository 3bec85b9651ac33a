import type { ClockState } from '../clock/clock-setting.ts'
import type { StoreClock } from '../clock/store-clock.ts'
import type { Limits } from '../content/limits.ts'
import type { ContentStore } from '../content/store.ts'
import type { KeptReport, SpaceKeeper } from '../durability/keep-space.ts'
import type { Settings } from '../knobs.ts'
import type { LiveCenter } from '../live-center/live-center.ts'
import type { Newsgate, NewsgateEvent } from '../newsgate/newsgate.ts'
import type { StreamClientState } from '../sse/stream-client.ts'
import type { StreamHub } from '../sse/stream-hub.ts'
import type { GivenFault } from '../faults/fault.ts'
import { FAULT_PLAN } from '../faults/fault.ts'
import type { NamedFaultPreset } from '../faults/fault-presets.ts'
import { FAULT_PRESET_NAMES, faultPresets } from '../faults/fault-presets.ts'
import { readBody } from '../http/read-body.ts'
import type { ClientControl } from '../faults/client-control.ts'
import type { FaultPlan, Strike } from '../faults/fault-plan.ts'
import type { FaultReport } from '../faults/set-fault.ts'
import type { JournalReader } from '../journal/journal-reader.ts'
import { MockServerError, notFound } from '../errors.ts'
import type { RequestLimiter, WorkerCounts } from '../http/request-limiter.ts'
import { ContentControl } from './content-control.ts'
import { CONTROL_ENDPOINTS } from './control-endpoints.ts'
import type { ControlIndex } from './control-index.ts'
import { controlIndex } from './control-index.ts'
import { LiveMonitor } from './live-monitor.ts'
import type { OpenApiDocument } from './openapi.ts'
import { openApiDocument } from './openapi.ts'
import { ProxyLink } from '../page/proxy-link.ts'
import type { ScenarioRuns } from '../scenario/scenario-runs.ts'
import type { SnapshotShelf } from '../snapshots/snapshot-shelf.ts'
import { Snapshots } from '../snapshots/snapshots.ts'
import type { Spaces } from '../spaces/spaces.ts'
import { changeReport } from './reports.ts'
import { Schedules } from './schedules.ts'
import type { WaitAnswer, WaitRequest } from './store-waits.ts'
import { StoreWaits } from './store-waits.ts'

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
  /** Id of the newest entry of the journal, and up to which id entries are gone. */
  readonly journal: { readonly cursor: number; readonly goneUpTo: number }
  /** Where the content is kept; null: in memory alone. */
  readonly kept: KeptReport | null
  readonly settings: Omit<Settings, 'login'>
}

export interface StoreControlDeps {
  readonly store: ContentStore
  readonly hub: StreamHub
  readonly liveCenter: LiveCenter
  readonly newsgate: Newsgate
  readonly settings: Settings
  readonly limiter: Pick<RequestLimiter, 'counts' | 'requests'>
  readonly faults: FaultPlan
  readonly clock: StoreClock
  readonly scenarios: ScenarioRuns
  readonly client: ClientControl
  readonly mayCloseThePort: boolean
  readonly journal: JournalReader
  readonly keeper: Pick<SpaceKeeper, 'replaceAll' | 'report'>
  /** Where saved contents are kept. */
  readonly shelf: SnapshotShelf
  readonly limits: Limits
  readonly spaces: Spaces
}

/** The control operations for tests, shared by `/__mock` and `startMockContentStore().control`. */
export class StoreControl extends ContentControl {
  /** What items go through later. */
  readonly schedules: Schedules
  /** Saved contents, and the way back to them. */
  readonly snapshots: Snapshots
  /** The spaces of the whole store, from whichever of them this is. */
  readonly spaces: Spaces
  readonly #store: ContentStore
  readonly #hub: StreamHub
  readonly #liveCenter: LiveCenter
  readonly #newsgate: Newsgate
  readonly #settings: Settings
  readonly #limiter: Pick<RequestLimiter, 'counts' | 'requests'>
  readonly #faults: FaultPlan
  readonly #mayCloseThePort: boolean
  /** Freezes, sets and advances the store's time. */
  readonly clock: StoreClock
  /** Runs scenarios against this store, and records them. */
  readonly scenarios: ScenarioRuns
  /** Commands to single clients of the event streams. */
  readonly client: ClientControl
  /** What happened, and whether it is what was expected. */
  readonly journal: JournalReader
  /** Counts of connections and requests, live. */
  readonly monitor: LiveMonitor
  /** A proxy in front of this store, and both streams side by side. */
  readonly proxy: ProxyLink
  readonly #keeper: StoreControlDeps['keeper']
  readonly #startedAt: string
  readonly #waits: StoreWaits

  constructor(deps: StoreControlDeps) {
    const { store, hub, liveCenter, newsgate, settings, limiter, faults, clock, keeper } = deps
    super({ store, hub, settings })
    this.client = deps.client
    this.#mayCloseThePort = deps.mayCloseThePort
    this.journal = deps.journal
    this.monitor = new LiveMonitor(deps)
    this.proxy = new ProxyLink(deps.journal, settings)
    this.spaces = deps.spaces
    this.schedules = new Schedules({ store, clock, editing: this.editing })
    this.scenarios = deps.scenarios
    this.snapshots = new Snapshots({
      store,
      liveCenter,
      keeper,
      shelf: deps.shelf,
      limits: deps.limits,
      restored: ({ closeStreams = false }) => {
        this.schedules.clear()
        // Waits for changes end at once: their cursors are from before the restore.
        this.checkWaits()
        if (closeStreams) this.closeStreams()
      },
    })
    this.#store = store
    this.#hub = hub
    this.#liveCenter = liveCenter
    this.#newsgate = newsgate
    this.#settings = settings
    this.#limiter = limiter
    this.#faults = faults
    this.clock = clock
    this.#keeper = keeper
    this.#startedAt = store.now().toISOString()
    this.#waits = new StoreWaits({
      logs: store.logs,
      hub,
      report: (change) => changeReport(change, settings.announce),
    })
  }

  /** The endpoints of the control API. `basePath` is where it is mounted. */
  index(basePath = '/__mock'): ControlIndex {
    const { label, randomSeed } = this.#settings
    return controlIndex(CONTROL_ENDPOINTS, { label, randomSeed }, basePath)
  }

  /** The control API in OpenAPI 3.1. */
  openApi(basePath = '/__mock'): OpenApiDocument {
    return openApiDocument(CONTROL_ENDPOINTS, basePath)
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
      journal: this.journal.extent,
      kept: this.#keeper.report,
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
    this.scenarios.recording.noteDisconnect()
    return clientCount
  }

  /** Content back to the start, under new change ids, no faults, the clock as at the start. [protocol §7.2] */
  reset(options: { readonly closeStreams?: boolean | undefined } = {}): void {
    this.#keeper.replaceAll(() => {
      this.#store.reset()
      this.#liveCenter.reset()
    })
    this.journal.clear()
    this.#faults.set([])
    this.clock.reset()
    this.schedules.clear()
    this.scenarios.recording.restart()
    // Waits for changes end at once: their cursors are from before the reset.
    this.checkWaits()
    if (options.closeStreams === true) this.#hub.closeAll()
  }

  /** The faults that are set, with what they struck. */
  faults(): readonly FaultReport[] {
    return this.#faults.list()
  }

  /**
   * Sets the whole plan of faults; those that are left out are off. Throws `bad-request`, and the
   * plan before it stays.
   */
  setFaults(faults: readonly GivenFault[]): readonly FaultReport[] {
    const plan = readBody(FAULT_PLAN, { faults }).faults
    if (!this.#mayCloseThePort && plan.some(({ kind }) => kind === 'down')) {
      throw new MockServerError(
        'bad-request',
        'the port is that of all spaces; set kind down in the default space, or kind reset here',
      )
    }
    this.#faults.set(plan)
    this.scenarios.recording.noteFaults(faults)
    return this.#faults.list()
  }

  /** The named plans of faults that come with the store. */
  faultPresets(): readonly NamedFaultPreset[] {
    return faultPresets()
  }

  /** Sets the faults of a preset as the whole plan. Throws `not-found`. */
  setFaultPreset(name: string): readonly FaultReport[] {
    const preset = this.faultPresets().find((known) => known.name === name)
    if (preset !== undefined) return this.setFaults(preset.faults)
    const shown = JSON.stringify(name.slice(0, 100))
    throw notFound(`preset ${shown}; expected ${FAULT_PRESET_NAMES.join(' or ')}`)
  }

  /** Calls `watcher` for each strike. Returns a function that unsubscribes it. */
  onStrike(watcher: (strike: Strike) => void): () => void {
    return this.#faults.onStrike(watcher)
  }

  /** Removes one fault. Throws `not-found`. */
  removeFault(name: string): readonly FaultReport[] {
    this.#faults.remove(name)
    this.scenarios.recording.noteRemovedFault(name)
    return this.#faults.list()
  }

  /** Removes all faults. Returns the empty plan. */
  clearFaults(): readonly FaultReport[] {
    return this.setFaults([])
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
    return this.#waits.wait(request, signal)
  }

  /** Call after every event that may fulfil a wait. */
  checkWaits(): void {
    this.#waits.checkAll()
  }

  /** Ends every open wait and scenario, with this reason. */
  close(reason: string): void {
    this.scenarios.close(reason)
    this.proxy.close()
    this.monitor.close()
    this.#waits.close(reason)
  }
}
