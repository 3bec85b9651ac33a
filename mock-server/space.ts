import type { RequestListener } from 'node:http'
import { join } from 'node:path'

import { announceChanges } from './announce-changes.ts'
import { createApp } from './app.ts'
import { StoreClock } from './clock/store-clock.ts'
import { LIMITS } from './content/limits.ts'
import type { Seed } from './content/seed.ts'
import { ContentStore } from './content/store.ts'
import { StoreControl } from './control/store-control.ts'
import { FORGETFUL, keepSpace } from './durability/keep-space.ts'
import type { FaultListener } from './errors.ts'
import { ClientControl } from './faults/client-control.ts'
import type { Fault } from './faults/fault.ts'
import { FaultPlan } from './faults/fault-plan.ts'
import { injectFaults } from './faults/inject-faults.ts'
import { closePortIn } from './faults/kinds/outage.ts'
import { LateRows } from './faults/kinds/late-rows.ts'
import { RowFaults } from './faults/row-faults.ts'
import { StreamFaults } from './faults/stream-faults.ts'
import type { StorePort } from './http/store-port.ts'
import { RequestLimiter } from './http/request-limiter.ts'
import { JournalReader } from './journal/journal-reader.ts'
import { Recorder } from './journal/recorder.ts'
import type { Settings } from './knobs.ts'
import { LiveCenter } from './live-center/live-center.ts'
import { Newsgate } from './newsgate/newsgate.ts'
import { SnapshotFolder } from './snapshots/snapshot-folder.ts'
import { MEMORY_SHELF } from './snapshots/snapshot-shelf.ts'
import type { Spaces } from './spaces/spaces.ts'
import { ScenarioRuns } from './scenario/scenario-runs.ts'
import { SessionRecorder } from './scenario/session-recorder.ts'
import { ChangeStream } from './sse/change-stream.ts'
import { StreamHub } from './sse/stream-hub.ts'

export interface SpaceOptions {
  readonly settings: Settings
  /** Content before the first change. */
  readonly seed: Seed
  /** The clock behind that of the space; default the real one. */
  readonly now?: (() => Date) | undefined
  /** The plan of faults that it starts with. */
  readonly faults: readonly Fault[]
  /** Called for each caught exception: a defect of the store. */
  readonly onFault: FaultListener
  /** The space's own folder, in which its content is kept. Default: it is lost with the space. */
  readonly folder?: string | undefined
  /** All spaces of the store. */
  readonly spaces: Spaces
  /** For the space that may close the port. Default: it may not. */
  readonly port?: StorePort | undefined
}

/** Everything behind the port: one content with its streams, faults and control. */
export interface Space {
  readonly handle: RequestListener
  readonly control: StoreControl
  /** Ends waits, with this reason, then streams. Requests that are being served finish. */
  close(reason: string): void
  /** Keeps the content for good. Comes after `close`, and after the last request. */
  release(): void
}

/** Composes one space. Nothing in it is shared with another one, and it does not listen. */
export function createSpace(options: SpaceOptions): Space {
  const { settings, seed, now: realNow, onFault, folder, spaces, port } = options
  const { fsync, maxBinaryStoreBytes } = settings
  const keeper = folder === undefined ? FORGETFUL : keepSpace({ folder, fsync, onFault })
  const { sinks } = keeper
  const limits = { ...LIMITS, ...settings.limits }
  const clock = new StoreClock(
    { now: realNow, setting: settings.clock, onFault },
    limits.timersPerAdvance,
  )
  const now = (): Date => clock.now()
  const idBase = settings.uniqueIds ? idsFromClock(now()) : 0
  const session = new SessionRecorder(clock)
  const sink = session.watching(sinks.content)
  const content = { seed, now, idBase, limits, maxBinaryStoreBytes, sink }
  const store = new ContentStore(content)
  const { journalEntries: entries, journalBytes: bytes } = settings
  const recorder = new Recorder({ entries, bytes }, clock)
  const faults = new FaultPlan(clock, settings.randomSeed)
  faults.onStrike(({ fault, subject, response, correlation }) =>
    recorder.faultStruck(
      { ...fault, scope: subject.scope ?? 'feed' },
      { response, client: subject.client, correlation },
    ),
  )
  if (port !== undefined) closePortIn(faults, port)
  const streamFaults = new StreamFaults(faults, clock)
  const rows = new LateRows(clock)
  const hub = new StreamHub({
    settings,
    clock,
    onFault,
    observer: recorder.streams,
    tap: streamFaults,
  })
  const stream = new ChangeStream({ hub, settings, logs: store.logs })
  const limiter = new RequestLimiter(settings)
  const liveCenter = new LiveCenter(now, idBase, sinks.live, limits)
  const newsgate = new Newsgate(hub, idBase, sinks.newsgate)
  keeper.load({ store, liveCenter, newsgate })
  const journal = new JournalReader(recorder.journal, recorder.streams, settings.randomSeed)
  const control = new StoreControl({
    store,
    hub,
    liveCenter,
    newsgate,
    settings,
    limits,
    limiter,
    faults,
    clock,
    scenarios: new ScenarioRuns(session, settings.login),
    client: new ClientControl(streamFaults, clock),
    mayCloseThePort: port !== undefined,
    journal,
    keeper,
    shelf:
      folder === undefined
        ? MEMORY_SHELF
        : new SnapshotFolder(join(folder, 'snapshots'), fsync !== 'never'),
    spaces,
  })
  announceChanges({
    rowFaults: new RowFaults(faults, rows),
    store,
    liveCenter,
    control,
    stream,
    hub,
    changes: recorder.changes,
    onFault,
  })
  faults.set(options.faults)
  let app: RequestListener | undefined
  const inject = injectFaults({ plan: faults, streams: streamFaults, clock, limiter })
  return {
    // Many a space of a restarted store gets no request.
    handle: (request, response) => {
      app ??= createApp({
        store,
        stream,
        hub,
        liveCenter,
        newsgate,
        settings,
        control,
        limiter,
        rows,
        inject,
        recorder,
        clock,
        keeper,
        onFault,
      })
      app(request, response)
    },
    control,
    close: (reason) => {
      control.close(reason)
      hub.closeAll()
      journal.close()
      clock.close()
    },
    release: () => keeper.close(),
  }
}

/**
 * Ids per millisecond, far more than the store can give: a run never gets ahead of the start of the
 * next one.
 */
const IDS_PER_MS = 100
const IDS_SINCE = Date.parse('2020-01-01T00:00:00Z')

/** Above every id of a run that started, and stopped, before `startedAt`. */
function idsFromClock(startedAt: Date): number {
  return Math.max(0, startedAt.getTime() - IDS_SINCE) * IDS_PER_MS
}
