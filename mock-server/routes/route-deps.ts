import type { ContentStore } from '../content/store.ts'
import type { LateRows } from '../faults/kinds/late-rows.ts'
import type { Settings } from '../knobs.ts'
import type { ChangeStream } from '../sse/change-stream.ts'

/** Dependencies of every router. */
export interface RouteDeps {
  readonly store: ContentStore
  readonly stream: ChangeStream
  readonly settings: Settings
  /** What a change log shows. */
  readonly rows: Pick<LateRows, 'poll'>
}
