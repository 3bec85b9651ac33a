import type { Change } from '../content/changes/change.ts'
import { logName, logPath } from '../content/changes/log-ref.ts'
import type { FaultPlan } from './fault-plan.ts'
import type { LateRows } from './kinds/late-rows.ts'

/** Lets the plan's faults strike the rows of changes, each row on its own. */
export class RowFaults {
  readonly #plan: FaultPlan
  readonly #rows: LateRows

  constructor(plan: FaultPlan, rows: LateRows) {
    this.#plan = plan
    this.#rows = rows
    plan.onStart((set) => set.life.add(() => rows.release(set)))
  }

  /** Call it when a change is committed, before any listener is called. */
  committed({ id, logs }: Change): void {
    for (const path of new Set(logs.map(logPath))) {
      const set = this.#plan.strikeRow(logName(path), `change-${id}`)
      if (set === undefined) continue
      const { fault } = set
      if (fault.kind === 'late-row') this.#rows.hold(path, id, { owner: set, polls: fault.polls })
      else if (fault.kind === 'early-event') this.#rows.hold(path, id, { owner: set, ms: fault.ms })
    }
  }
}
