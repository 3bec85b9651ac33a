import {
  CAPABILITIES,
  FRONT_CAPABILITIES,
  type Capability,
  type Claims,
  type FileOutcome,
  type FileStart,
  type Role,
  type RunningTarget,
  type TargetDriver,
  type TargetSettings,
} from '../../runner/target.ts'
import { loopbackCertificate } from '../../drivers/certificate.ts'
import type { EdgeFaults } from './edge/edge-faults.ts'
import { startEdge } from './edge/start-edge.ts'
import { startConcentrator, startConcentratorWithFile } from './concentrator/concentrator.ts'
import type { ConcentratorFaults } from './concentrator/concentrator-faults.ts'
import { HEARTBEAT_MS } from './concentrator/hub.ts'
import { TIGHT_CLAIMS } from './concentrator/limits.ts'
import type { Fault } from './faults/fault.ts'
import { startRing } from './ring/start-ring.ts'
import type { SwitchName } from './ring/switches.ts'
import { startHttpGateway, type HttpGatewayFaults } from './gateway/http-gateway.ts'
import type { RelayFaults } from './gateway/relay-faults.ts'
import { startRelay } from './gateway/relay.ts'

/** The program that a mutant is built from. */
export type Reference = 'concentrator' | 'ring' | 'relay' | 'http-gateway'

/** A reference proxy with one fault, or with one harmless difference. */
export interface Mutant {
  /** Unique within its role. */
  readonly name: string
  readonly role: Role
  readonly reference: Reference
  /** True when every check must pass it. */
  readonly benign: boolean
  readonly description: string
  readonly driver: TargetDriver
  /** Globs of the checks that it is tried on when it is benign. Left out: all. */
  readonly only?: readonly string[] | undefined
  /** Like the driver, but on the given port; 0 selects a free one. */
  start(settings: TargetSettings, port: number): Promise<RunningTarget>
}

/** What a reference without a front can do. */
const PLAIN_CAPABILITIES = CAPABILITIES.filter(
  (capability) => !FRONT_CAPABILITIES.includes(capability),
)

const CLAIMS: Readonly<Record<Role, Claims>> = {
  gateway: { capabilities: [] },
  concentrator: {
    capabilities: PLAIN_CAPABILITIES,
    variants: { tight: TIGHT_CLAIMS, workers: {} },
    reconnectWithinMs: 1000,
    heartbeatMs: HEARTBEAT_MS,
  },
}

/** What the second reference concentrator does not do, it does not claim. */
const RING_CLAIMS: Claims = {
  ...CLAIMS.concentrator,
  capabilities: PLAIN_CAPABILITIES.filter(
    (capability) => !['cors', 'admin', 'vendor-file', 'row'].includes(capability),
  ),
  variants: { tight: TIGHT_CLAIMS },
}

/** The second reference concentrator, with one switch or none. */
export function ringMutant(
  {
    name,
    description,
  }: Pick<Fault<unknown>, 'description'> & { readonly name: SwitchName | 'ring-reference' },
  benign = false,
): Mutant {
  const switches = new Set<SwitchName>(name === 'ring-reference' ? [] : [name])
  const start = (settings: TargetSettings, port: number) => startRing(settings, switches, port)
  const built = mutant('ring', { name, description }, benign, start)
  return { ...built, driver: { ...built.driver, claims: RING_CLAIMS } }
}

export function gatewayMutant(fault: Fault<RelayFaults>, benign = false): Mutant {
  return mutant('relay', fault, benign, (settings, port) =>
    startRelay(settings, fault.points(), port),
  )
}

/** The second reference gateway. */
export function httpGatewayMutant(fault: Fault<HttpGatewayFaults>, benign = false): Mutant {
  return mutant('http-gateway', fault, benign, (settings, port) =>
    startHttpGateway(settings, fault.points(), port),
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

const ROLES: Readonly<Record<Reference, Role>> = {
  concentrator: 'concentrator',
  ring: 'concentrator',
  relay: 'gateway',
  'http-gateway': 'gateway',
}

/** How a reference is reached through a front, and what it then claims. */
export type EdgeKind = 'plain' | 'tls' | 'h2c'

const EDGE_CLAIMS: Readonly<Record<EdgeKind, readonly Capability[]>> = {
  plain: [],
  tls: ['tls', 'h2'],
  h2c: ['h2', 'h2c'],
}

/** A reference behind a front that has the fault. */
export function edgeMutant(
  behind: Mutant,
  kind: EdgeKind,
  { name, description, points, only }: Fault<EdgeFaults>,
  benign = false,
): Mutant {
  const start = async (settings: TargetSettings, port: number): Promise<RunningTarget> => {
    const scheme = kind === 'tls' ? 'https' : 'http'
    return await startEdge(await behind.start(settings, 0), scheme, points(), port)
  }
  const own = behind.name.startsWith('ring-') ? `ring-${name}` : name
  const built = mutant(behind.reference, { name: own, description, only }, benign, start)
  const { capabilities, ...claims } = behind.driver.claims
  const kept = capabilities.filter((capability) => !['vendor-file', 'row'].includes(capability))
  const driver: TargetDriver = {
    ...built.driver,
    claims: { ...claims, capabilities: [...kept, ...EDGE_CLAIMS[kind]] },
    get trust() {
      return kind === 'tls' ? { ca: loopbackCertificate().cert } : undefined
    },
  }
  return { ...built, driver }
}

function mutant(
  reference: Reference,
  { name, description, only }: Omit<Fault<unknown>, 'points'>,
  benign: boolean,
  start: Mutant['start'],
  startWithFile?: (file: FileStart) => Promise<FileOutcome>,
): Mutant {
  const role = ROLES[reference]
  const driver: TargetDriver = {
    name,
    role,
    claims: CLAIMS[role],
    start: (settings) => start(settings, 0),
    ...(startWithFile === undefined ? {} : { startWithFile }),
  }
  return { name, role, reference, benign, description, driver, only, start }
}
