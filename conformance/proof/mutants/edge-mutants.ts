import { LINK_BENIGN_VARIANTS } from './faults/edge/benign-links.ts'
import { EDGE_BENIGN_VARIANTS } from './faults/edge/benign.ts'
import { CONCENTRATOR_H2_FAULTS, GATEWAY_H2_FAULTS, H2_FAULTS } from './faults/edge/h2.ts'
import { CONCENTRATOR_HOSTILE_FAULTS, HOSTILE_FAULTS } from './faults/edge/hostile.ts'
import { GATEWAY_TLS_FAULTS, TLS_FAULTS } from './faults/edge/tls.ts'
import { concentratorMutant, edgeMutant, gatewayMutant, ringMutant, type Mutant } from './mutant.ts'

const UNCHANGED = { name: 'reference', description: 'has no fault', points: () => ({}) }

const CONCENTRATOR = concentratorMutant(UNCHANGED)
const RING = ringMutant({ name: 'ring-reference', description: 'is the second reference' })
const GATEWAY = gatewayMutant(UNCHANGED)

const CONCENTRATORS = [CONCENTRATOR, RING]
const ALL = [...CONCENTRATORS, GATEWAY]

/** The references behind a front that terminates TLS, translates HTTP/2, or reads what clients send. */
export const EDGE_MUTANTS: readonly Mutant[] = [
  ...ALL.flatMap((behind) => [
    ...EDGE_BENIGN_VARIANTS.map(({ kind, ...variant }) => edgeMutant(behind, kind, variant, true)),
    ...LINK_BENIGN_VARIANTS.map((variant) => edgeMutant(behind, 'plain', variant, true)),
    ...[...TLS_FAULTS, ...H2_FAULTS].map((fault) => edgeMutant(behind, 'tls', fault)),
    ...HOSTILE_FAULTS.map((fault) => edgeMutant(behind, 'plain', fault)),
  ]),
  ...CONCENTRATORS.flatMap((behind) => [
    ...CONCENTRATOR_H2_FAULTS.map((fault) => edgeMutant(behind, 'tls', fault)),
    ...CONCENTRATOR_HOSTILE_FAULTS.map((fault) => edgeMutant(behind, 'plain', fault)),
  ]),
  ...[...GATEWAY_H2_FAULTS, ...GATEWAY_TLS_FAULTS].map((fault) =>
    edgeMutant(GATEWAY, 'tls', fault),
  ),
]
