import type { EdgeFaults } from '../../edge/edge-faults.ts'
import type { EdgeKind } from '../../mutant.ts'
import type { Fault } from '../fault.ts'

interface EdgeVariant extends Fault<EdgeFaults> {
  readonly kind: EdgeKind
  /** Globs of the checks that it is tried on. Left out: all. */
  readonly only?: readonly string[] | undefined
}

const SECURE = ['tls.*', 'h2.*']

/** Harmless fronts. */
export const EDGE_BENIGN_VARIANTS: readonly EdgeVariant[] = [
  {
    name: 'tls-reference',
    description: 'is a reference behind a front that speaks TLS and HTTP/2',
    kind: 'tls',
    points: () => ({}),
  },
  {
    name: 'h2c-reference',
    description: 'is a reference behind a front that speaks HTTP/2 without TLS',
    kind: 'h2c',
    only: ['h2.*'],
    points: () => ({}),
  },
  {
    name: 'tls12-only',
    description: 'speaks TLS 1.2 only, without sessions to resume',
    kind: 'tls',
    only: SECURE,
    points: () => ({ tls: { options: { maxVersion: 'TLSv1.2', secureOptions: 0x4000 } } }),
  },
]
