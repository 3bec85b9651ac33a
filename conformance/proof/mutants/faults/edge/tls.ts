import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'

import { createCertificate } from '../../../../drivers/certificate.ts'
import type { EdgeFaults, Filter } from '../../edge/edge-faults.ts'
import type { Fault } from '../fault.ts'

const RECORD_BYTES = 16_384
const HANDSHAKE_RECORD = 0x16

/** Faults of a front that terminates TLS, on both references. */
export const TLS_FAULTS: readonly Fault<EdgeFaults>[] = [
  toClient('tls-holds-head', 'sends a response head over TLS only with the first event', holdHead),
  toClient(
    'tls-holds-newest',
    'sends each piece over TLS only when the next one comes',
    holdNewest,
  ),
  toClient('tls-cuts-at-16k', 'drops what exceeds one TLS record', () => (bytes, emit) => {
    emit(bytes.subarray(0, RECORD_BYTES))
  }),
  {
    name: 'tls-other-name',
    description: 'has a certificate for another name',
    points: () => ({ tls: { options: createCertificate('DNS:other.example') } }),
  },
  {
    name: 'tls-unknown-name-hangs',
    description: 'never finishes a handshake for a name that it does not know',
    points: () => ({
      tls: {
        options: {
          SNICallback: (name, done) => {
            if (name !== 'unknown.invalid') done(null)
          },
        },
      },
    }),
  },
  {
    name: 'tls-accepts-old',
    description: 'accepts TLS 1.0',
    points: () => ({ tls: { options: { minVersion: 'TLSv1', ciphers: 'ALL:@SECLEVEL=0' } } }),
  },
  {
    name: 'tls-ends-silently',
    description: 'ends connections without a closure alert',
    points: () => ({ tls: { endsSilently: true } }),
  },
  {
    name: 'tls-resumed-deaf',
    description: 'sends no events to a client that has resumed its session',
    points: () => ({ link: { toClient: (client) => deafWhen(isResumed(client)) } }),
  },
  {
    name: 'tls-plain-hangs',
    description: 'leaves a connection open whose first byte is not TLS',
    points: () => ({ tls: { client: serveTlsOnly } }),
  },
  {
    name: 'tls-one-handshake-at-a-time',
    description: 'begins a handshake when the one before has ended',
    points: () => ({ tls: { client: oneAfterAnother() } }),
  },
  {
    name: 'tls-error-ends-all',
    description: 'resets every client when the TLS of one fails',
    points: () => ({ tls: { errorEndsAll: true } }),
  },
]

/** Faults that only a gateway can have: a concentrator ends no response early. */
export const GATEWAY_TLS_FAULTS: readonly Fault<EdgeFaults>[] = [
  {
    name: 'tls-forges-end',
    description: 'ends a response that was cut off with a closure alert',
    points: () => ({ tls: { forgesEnd: true } }),
  },
]

function toClient(name: string, description: string, filter: () => Filter): Fault<EdgeFaults> {
  return { name, description, points: () => ({ link: { toClient: filter } }) }
}

function holdHead(): Filter {
  let held: Buffer | undefined = Buffer.alloc(0)
  return (bytes, emit) => {
    if (held === undefined) return emit(bytes)
    held = Buffer.concat([held, bytes])
    if (!held.includes('data:') && held.includes('text/event-stream')) return
    emit(held)
    held = undefined
  }
}

function holdNewest(): Filter {
  let newest = Buffer.alloc(0)
  return (bytes, emit) => {
    const isEvent = bytes.includes('data:')
    emit(Buffer.concat([newest, isEvent ? Buffer.alloc(0) : bytes]))
    newest = Buffer.from(isEvent ? bytes : '')
  }
}

function deafWhen(isDeaf: boolean): Filter {
  return (bytes, emit) => {
    if (!isDeaf || !bytes.includes('data:')) emit(bytes)
  }
}

function isResumed(client: Socket | TLSSocket): boolean {
  return 'isSessionReused' in client && client.isSessionReused()
}

/** Looks at the first byte, which stays in the socket. */
function serveTlsOnly(socket: Socket): Promise<'serve'> {
  return new Promise((resolve) => {
    socket.once('readable', () => {
      const first: Buffer | null = socket.read()
      if (first === null) return
      socket.unshift(first)
      if (first[0] === HANDSHAKE_RECORD) resolve('serve')
    })
  })
}

function oneAfterAnother(): (socket: Socket) => Promise<'serve'> {
  let last = Promise.resolve()
  return async (socket) => {
    const before = last
    // The handshake of a client is over when it sends its request.
    last = before.then(
      () =>
        new Promise((resolve) => {
          let bytes = 0
          const look = setInterval(() => {
            bytes = socket.bytesRead
            if (bytes > 600 || socket.destroyed) {
              clearInterval(look)
              resolve()
            }
          }, 5)
        }),
    )
    await before
    return 'serve'
  }
}
