import {
  CAPABILITIES,
  type Claims,
  type FileOutcome,
  type FileStart,
  type Role,
  type RunningTarget,
  type TargetDriver,
  type TargetSettings,
} from '../../runner/target.ts'
import { startConcentrator, startConcentratorWithFile } from './concentrator/concentrator.ts'
import type { ConcentratorFaults } from './concentrator/concentrator-faults.ts'
import { HEARTBEAT_MS } from './concentrator/hub.ts'
import { TIGHT_CLAIMS } from './concentrator/limits.ts'
import type { Fault } from './faults/fault.ts'
import type { RelayFaults } from './gateway/relay-faults.ts'
import { startRelay } from './gateway/relay.ts'

/** A reference proxy with one fault, or with one harmless difference. */
export interface Mutant {
  /** Unique within its role. */
  readonly name: string
  readonly role: Role
  /** True when every check must pass it. */
  readonly benign: boolean
  readonly description: string
  readonly driver: TargetDriver
  /** Like the driver, but on the given port; 0 selects a free one. */
  start(settings: TargetSettings, port: number): Promise<RunningTarget>
}

const CLAIMS: Readonly<Record<Role, Claims>> = {
  gateway: { capabilities: [] },
  concentrator: {
    capabilities: CAPABILITIES,
    variants: { tight: TIGHT_CLAIMS, workers: {} },
    reconnectWithinMs: 1000,
    heartbeatMs: HEARTBEAT_MS,
  },
}

export function gatewayMutant(fault: Fault<RelayFaults>, benign = false): Mutant {
  return mutant('gateway', fault, benign, (settings, port) =>
    startRelay(settings, fault.points(), port),
  )
}

export function concentratorMutant(fault: Fault<ConcentratorFaults>, benign = false): Mutant {
  return mutant(
    'concentrator',
    fault,
    benign,
    (settings, port) => startConcentrator(settings, fault.points(), { port }),
    (file) => startConcentratorWithFile(file, fault.points()),
  )
}

function mutant(
  role: Role,
  { name, description }: Fault<unknown>,
  benign: boolean,
  start: Mutant['start'],
  startWithFile?: (file: FileStart) => Promise<FileOutcome>,
): Mutant {
  const driver: TargetDriver = {
    name,
    role,
    claims: CLAIMS[role],
    start: (settings) => start(settings, 0),
    ...(startWithFile === undefined ? {} : { startWithFile }),
  }
  return { name, role, benign, description, driver, start }
}
