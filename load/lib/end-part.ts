import type { Fleet } from 'k6/x/ssefleet'

import { note } from './journal.ts'
import type { Part } from './part.ts'
import { numbersOf } from './phase.ts'

/** The last thing that a part does, whatever has happened: says what its streams have seen, and lets the others go. */
export async function endPart(part: Part, fleet: Fleet): Promise<void> {
  const stats = fleet.stats()
  note({ kind: 'stats', facts: numbersOf(stats) })
  for (const text of stats.faults) note({ kind: 'fault', text: `part ${part.index}, ${text}` })
  part.leave()
  await fleet.close()
}
