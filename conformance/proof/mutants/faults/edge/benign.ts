import { constants } from 'node:crypto'

import type { EdgeFaults, Filter } from '../../edge/edge-faults.ts'
import type { EdgeKind } from '../../mutant.ts'
import type { Fault } from '../fault.ts'
import { SWITCHED_TO_H2C } from './hostile.ts'

interface EdgeVariant extends Fault<EdgeFaults> {
  readonly kind: EdgeKind
}

const SMALL_RECORD_BYTES = 512
const CUT_BYTES = 64
/** An empty SETTINGS frame. */
const NO_SETTINGS = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0])

/** Harmless fronts. */
export const EDGE_BENIGN_VARIANTS: readonly EdgeVariant[] = [
  {
    name: 'tls-reference',
    description: 'is a reference behind a front that speaks TLS, and HTTP/2 by ALPN',
    kind: 'tls',
    only: ['tls.*', 'h2.*'],
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
    only: ['tls.*', 'h2.*'],
    points: () => ({
      tls: { options: { maxVersion: 'TLSv1.2', secureOptions: constants.SSL_OP_NO_TICKET } },
    }),
  },
  {
    name: 'tls-small-records',
    description: 'cuts what it sends over TLS into records of 512 bytes',
    kind: 'tls',
    only: ['tls.*', 'h2.*'],
    points: () => ({
      link: {
        toClient: (client) => {
          if ('setMaxSendFragment' in client) client.setMaxSendFragment(SMALL_RECORD_BYTES)
          return (bytes, emit) => emit(bytes)
        },
      },
    }),
  },
  {
    name: 'h2-forwarded-host',
    description: 'adds X-Forwarded-Host with the authority of an HTTP/2 request',
    kind: 'tls',
    only: ['h2.*'],
    points: () => ({
      h2: {
        request: (headers) => ({ ...headers, 'x-forwarded-host': headers[':authority'] ?? 'none' }),
      },
    }),
  },
  {
    name: 'h2-one-byte-frames',
    description: 'sends the first bytes of each piece in frames of one byte over HTTP/2',
    kind: 'tls',
    only: ['h2.*'],
    points: () => ({ h2: { body: oneByOne } }),
  },
  {
    name: 'h2c-by-upgrade',
    description: 'switches to HTTP/2 without TLS when a client asks for it, and begins to speak it',
    kind: 'plain',
    only: ['hostile.upgrade'],
    points: () => ({
      link: {
        fromClient: (_edge, client) => (bytes, emit) => {
          if (!bytes.includes('Upgrade: h2c')) return emit(bytes)
          client.write(SWITCHED_TO_H2C)
          client.write(NO_SETTINGS)
        },
      },
    }),
  },
  {
    name: 'bad-gateway-for-connect',
    description: 'answers 502 to CONNECT',
    kind: 'plain',
    only: ['hostile.upgrade'],
    points: () => ({
      link: {
        fromClient: (_edge, client) => (bytes, emit) => {
          if (!bytes.includes('CONNECT ')) return emit(bytes)
          client.end('HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n')
        },
      },
    }),
  },
]

function oneByOne(): Filter {
  return (bytes, emit) => {
    for (const byte of bytes.subarray(0, CUT_BYTES)) emit(Buffer.from([byte]))
    if (bytes.length > CUT_BYTES) emit(bytes.subarray(CUT_BYTES))
  }
}
