import type { StorePort } from '../../http/store-port.ts'
import type { FaultPlan } from '../fault-plan.ts'
import { milliseconds } from './parameters.ts'

/**
 * The port is closed and its connections are reset; it is taken again after this time, with the
 * same state. Connections to the control API stay.
 */
export const DOWN = { ms: milliseconds }

/** Lets the plan's `down` faults close the port. */
export function closePortIn(plan: FaultPlan, port: Pick<StorePort, 'open' | 'close'>): void {
  plan.onStart((set) => {
    if (set.fault.kind !== 'down') return
    set.strike()
    set.life.add(() => port.open())
    port.close()
  })
}
