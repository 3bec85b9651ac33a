import type { ConcentratorFaults } from '../../concentrator/concentrator-faults.ts'
import type { RowFault } from '../../concentrator/row.ts'
import type { Fault } from '../fault.ts'

/** A row of proxies that breaks what it has one log for. */
export const ROW_FAULTS: readonly Fault<ConcentratorFaults>[] = [
  row('own-logs', 'has a second front that shares nothing with the first one'),
  row('each-reads', 'reads every back end once per front'),
  row('own-ids', 'gives ids of its own at the second front'),
  row('second-deaf', 'sends no events at the second front'),
  row('second-doubles', 'sends each event twice at the second front'),
  row('resumes-live', 'ignores the id of a client that comes to the second front'),
  row('no-takeover', 'reads no back end any more when the front that read it is killed'),
  row('death-loses-log', 'loses its log when the front that reads a back end is killed'),
  row('engine-loses-events', 'drops events while the engine is away, and tells no client'),
  row('engine-splits', 'gives ids of its own at the second front once the engine was away'),
  row('engine-reuses-ids', 'gives the ids of earlier events again when the engine is back'),
]

/** A row that does something unusual that no rule forbids. */
export const ROW_BENIGN_VARIANTS: readonly Fault<ConcentratorFaults>[] = [
  {
    ...row('gap-after-engine', 'drops events while the engine is away, and sends a gap event'),
    only: ['row.*'],
  },
  {
    ...row('ends-streams-with-engine', 'ends every stream when the engine is killed'),
    only: ['row.*'],
  },
]

function row(fault: RowFault, description: string): Fault<ConcentratorFaults> {
  return { name: `row-${fault}`, description, points: () => ({ row: fault }) }
}
