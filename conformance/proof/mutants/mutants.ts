import type { ConcentratorFaults } from './concentrator/concentrator-faults.ts'
import { BACKEND_FAULTS } from './faults/concentrator/backends.ts'
import { CONCENTRATOR_BENIGN_VARIANTS } from './faults/concentrator/benign.ts'
import { CONCENTRATOR_BYTES_FAULTS } from './faults/concentrator/bytes.ts'
import { CLIENT_FAULTS } from './faults/concentrator/clients.ts'
import { COOKIE_FAULTS } from './faults/concentrator/cookies.ts'
import { CORS_FAULTS } from './faults/concentrator/cors.ts'
import { OPERATION_FAULTS } from './faults/concentrator/operation.ts'
import { PACKET_FAULTS } from './faults/concentrator/packets.ts'
import { POLL_FAULTS } from './faults/concentrator/polls.ts'
import { REQUEST_FAULTS } from './faults/concentrator/requests.ts'
import { RESYNC_FAULTS } from './faults/concentrator/resync.ts'
import { RETRY_FAULTS } from './faults/concentrator/retries.ts'
import { ROW_BENIGN_VARIANTS, ROW_FAULTS } from './faults/concentrator/rows.ts'
import { SHARING_FAULTS } from './faults/concentrator/sharing.ts'
import { VENDOR_FILE_FAULTS } from './faults/concentrator/vendor-file.ts'
import { REPLAY_FAULTS } from './faults/concentrator/replay.ts'
import { BASE_FAULTS } from './faults/front/base.ts'
import { BENIGN_VARIANTS } from './faults/front/benign.ts'
import { CAPACITY_FAULTS } from './faults/front/capacity.ts'
import { DURATION_FAULTS } from './faults/front/durations.ts'
import { CONCENTRATOR_HEAD_FAULTS, HEAD_FAULTS } from './faults/front/heads.ts'
import { FLUSH_FAULTS } from './faults/front/flush.ts'
import { FRAMING_FAULTS } from './faults/front/framing.ts'
import { GATEWAY_BACK_END_FRAMING_FAULTS } from './faults/gateway/back-end-framing.ts'
import { GATEWAY_BENIGN_VARIANTS } from './faults/gateway/benign.ts'
import { GATEWAY_BYTES_FAULTS } from './faults/gateway/bytes.ts'
import { GATEWAY_FLUSH_FAULTS } from './faults/gateway/flush.ts'
import { HTTP_GATEWAY_FAULTS } from './faults/gateway/http-gateway.ts'
import { GATEWAY_INTAKE_FAULTS } from './faults/gateway/intake-of-clients.ts'
import { GATEWAY_KEPT_REQUEST_FAULTS } from './faults/gateway/kept-requests.ts'
import { GATEWAY_LIFE_FAULTS } from './faults/gateway/life.ts'
import { GATEWAY_REQUEST_FIELD_FAULTS } from './faults/gateway/request-fields.ts'
import { GATEWAY_REQUEST_FAULTS } from './faults/gateway/requests.ts'
import { GATEWAY_RESPONSE_FIELD_FAULTS } from './faults/gateway/response-fields.ts'
import { GATEWAY_RESPONSE_FAULTS } from './faults/gateway/responses.ts'
import { GATEWAY_SHARING_FAULTS } from './faults/gateway/sharing.ts'
import { INTAKE_FAULTS } from './faults/front/intake.ts'
import { EDGE_MUTANTS } from './edge-mutants.ts'
import type { Fault } from './faults/fault.ts'
import type { RelayFaults } from './gateway/relay-faults.ts'
import {
  concentratorMutant,
  gatewayMutant,
  httpGatewayMutant,
  ringMutant,
  type Mutant,
} from './mutant.ts'
import { RING_FAULTS, RING_VARIANTS } from './ring/switches.ts'
import { unclaimedVariants } from './unclaimed-variants.ts'

/**
 * Long waits, so that the proxy's own heartbeats and ids do not hide faults of silent streams or
 * first bytes.
 */
const QUIET = { heartbeatMs: 86_400_000, earlyId: false }

const FRONT_FAULTS = [
  ...BASE_FAULTS,
  ...FLUSH_FAULTS,
  ...FRAMING_FAULTS,
  ...CAPACITY_FAULTS,
  ...HEAD_FAULTS,
]

/** The reference itself, without a fault. */
const REFERENCE: Fault<object> = {
  name: 'reference',
  description: 'has no fault',
  points: () => ({}),
}

const GATEWAY_FAULTS: readonly Fault<RelayFaults>[] = [
  ...FRONT_FAULTS,
  ...DURATION_FAULTS,
  ...INTAKE_FAULTS,
  ...GATEWAY_BYTES_FAULTS,
  ...GATEWAY_FLUSH_FAULTS,
  ...GATEWAY_LIFE_FAULTS,
  ...GATEWAY_REQUEST_FIELD_FAULTS,
  ...GATEWAY_REQUEST_FAULTS,
  ...GATEWAY_KEPT_REQUEST_FAULTS,
  ...GATEWAY_RESPONSE_FIELD_FAULTS,
  ...GATEWAY_RESPONSE_FAULTS,
  ...GATEWAY_INTAKE_FAULTS,
  ...GATEWAY_SHARING_FAULTS,
  ...GATEWAY_BACK_END_FRAMING_FAULTS,
]

const CONCENTRATOR_FAULTS: readonly Fault<ConcentratorFaults>[] = [
  ...[...FRONT_FAULTS, ...DURATION_FAULTS, ...CONCENTRATOR_HEAD_FAULTS].map(
    ({ points, ...fault }) => ({
      ...fault,
      points: () => ({ ...points(), member: QUIET }),
    }),
  ),
  ...INTAKE_FAULTS.map(({ points, ...fault }) => ({
    ...fault,
    points: () => ({ backend: points() }),
  })),
  ...CONCENTRATOR_BYTES_FAULTS,
  ...BACKEND_FAULTS,
  ...PACKET_FAULTS,
  ...RETRY_FAULTS,
  ...COOKIE_FAULTS,
  ...SHARING_FAULTS,
  ...REQUEST_FAULTS,
  ...REPLAY_FAULTS,
  ...RESYNC_FAULTS,
  ...CLIENT_FAULTS,
  ...POLL_FAULTS,
  ...CORS_FAULTS,
  ...OPERATION_FAULTS,
  ...VENDOR_FILE_FAULTS,
  ...ROW_FAULTS,
]

/** Every mutant: the references, each with one fault or one harmless difference. */
export const MUTANTS: readonly Mutant[] = [
  ...[REFERENCE, ...BENIGN_VARIANTS, ...GATEWAY_BENIGN_VARIANTS].map((fault) =>
    gatewayMutant(fault, true),
  ),
  ...GATEWAY_FAULTS.map((fault) => gatewayMutant(fault)),
  httpGatewayMutant(
    {
      name: 'http-reference',
      description: 'is the second reference, without a fault',
      points: () => ({}),
    },
    true,
  ),
  ...HTTP_GATEWAY_FAULTS.map((fault) => httpGatewayMutant(fault)),
  ...[REFERENCE, ...BENIGN_VARIANTS, ...CONCENTRATOR_BENIGN_VARIANTS, ...ROW_BENIGN_VARIANTS].map(
    (fault) => concentratorMutant(fault, true),
  ),
  ...unclaimedVariants(CONCENTRATOR_FAULTS),
  ...CONCENTRATOR_FAULTS.map((fault) => concentratorMutant(fault)),
  ringMutant(
    { name: 'ring-reference', description: 'is the second reference, without a fault' },
    true,
  ),
  ...RING_VARIANTS.map((variant) => ringMutant(variant, true)),
  ...RING_FAULTS.map((fault) => ringMutant(fault)),
  ...EDGE_MUTANTS,
]
