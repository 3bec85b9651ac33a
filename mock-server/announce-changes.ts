import type { Change } from './content/changes/change.ts'
import type { ContentStore } from './content/store.ts'
import type { StoreControl } from './control/store-control.ts'
import type { FaultListener } from './errors.ts'
import type { RowFaults } from './faults/row-faults.ts'
import type { RecordedChanges } from './journal/recorded-changes.ts'
import type { LiveCenter } from './live-center/live-center.ts'
import { broadcastLiveChange } from './live-center/routes.ts'
import type { ChangeStream } from './sse/change-stream.ts'
import type { StreamHub } from './sse/stream-hub.ts'

export interface Announcers {
  readonly rowFaults: Pick<RowFaults, 'committed'>
  readonly store: Pick<ContentStore, 'logs'>
  readonly liveCenter: Pick<LiveCenter, 'onChange'>
  readonly control: Pick<StoreControl, 'checkWaits'>
  readonly stream: Pick<ChangeStream, 'announce'>
  readonly hub: StreamHub
  readonly changes: RecordedChanges
  readonly onFault: FaultListener
}

/**
 * Subscribes every listener of changes, in the order in which they are called: first the change is
 * committed, so that a client that polls at once finds its row [protocol §3.3]; then the journal
 * records it; then waits are checked, which only settles promises; then streams are written. A wait
 * therefore sees a change even if a stream's socket fails, and its response, which a promise
 * continues, is sent after the events. A listener that throws is reported, and the next one is
 * still called.
 */
export function announceChanges(announcers: Announcers): void {
  const { rowFaults, store, liveCenter, control, stream, hub, changes, onFault } = announcers
  const listeners = [
    (change: Change) => rowFaults.committed(change),
    (change: Change) => changes.add(change),
    () => control.checkWaits(),
    (change: Change) => stream.announce(change),
  ]
  for (const listener of listeners) {
    store.logs.onCommit((change) => guard(() => listener(change), onFault))
  }
  liveCenter.onChange((change) => guard(() => changes.addLive(change), onFault))
  liveCenter.onChange((change) => guard(() => broadcastLiveChange(hub, change), onFault))
  hub.onActivity(() => control.checkWaits())
}

function guard(run: () => void, onFault: FaultListener): void {
  try {
    run()
  } catch (error) {
    onFault(error)
  }
}
