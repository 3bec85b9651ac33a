import type { BoundaryGuard } from '../boundary-guard.ts'
import type { AdminPlace } from '../config/connector.ts'
import type { HandshakeReport } from '../connector/handshake-report.ts'
import type { Hub } from '../fanout/hub.ts'
import type { Admission } from './admission.ts'
import type { Cors } from './cors.ts'
import type { ForwardedField } from './forwarded.ts'
import type { ResponseHeads } from './response-heads.ts'
import type { TrustedProxies } from './trusted-proxies.ts'

export interface FrontOptions {
  readonly hub: Hub
  readonly cors: Cors
  readonly heads: ResponseHeads
  /** Closes a connection on which no byte moves for this long; 0 = never for this reason. */
  readonly idleMs: number
  /** Connections that may wait until they are accepted; undefined = 4096. */
  readonly acceptQueue: number | undefined
  /** How long a client may take to send its request head, and how large that may be. */
  readonly headMs: number
  readonly maxHeadBytes: number
  readonly guard: BoundaryGuard
  readonly admission: Admission
  /** Peers that may name the address of a client, and the field in which they do. */
  readonly trustedProxies: TrustedProxies
  readonly forwardedField: ForwardedField
  /** A client was accepted or refused. */
  readonly onAccept: () => void
  /** Admin pages that clients get besides the stream; undefined = none. */
  readonly admin: AdminPlace | undefined
  readonly handshakes: HandshakeReport
  readonly nowMs: () => number
}
