import type { Engine } from '../../row/engine.ts'
import type { EngineFlaw } from './engine-state.ts'
import type { SimulatedMember } from './simulated-member.ts'

/** A wrong row, to prove that the oracle finds it. */
export interface RowFlaw {
  readonly engine?: EngineFlaw
  /** Changes the port that a member sees. */
  readonly port?: (engine: Engine) => Engine
  /** A member tries for ever to reach a back end. */
  readonly isPatient?: boolean
  /** Another clock for the leases of a member. */
  readonly clock?: (member: SimulatedMember) => number
}
