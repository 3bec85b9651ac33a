import type { Socket } from 'node:net'

import type { Edge, EdgeFaults, Filter, LinkFaults } from '../../edge/edge-faults.ts'
import type { Fault } from '../fault.ts'

/** Longer than any check waits. */
const FROZEN_MS = 30_000
const MOST_ACCEPTED = 300
const SURPLUS_BYTES = 6 * 1024
const FEW_STALLED = 8
const LOOK_EVERY_MS = 5
const END_OF_HEAD = '\r\n\r\n'
const LAST_CHUNK = '0\r\n\r\n'
const TLS_HELLO = '\x16\x03'
const SWITCHED =
  'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'
export const SWITCHED_TO_H2C =
  'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n'

/** Faults that only hostile clients find, on all references. */
export const HOSTILE_FAULTS: readonly Fault<EdgeFaults>[] = [
  dies('dies-of-odd-id', 'crashes on a Last-Event-ID that is not ASCII', (text) =>
    /last-event-id:[^\r]*[\x80-\xff]/i.test(text),
  ),
  dies('dies-of-bad-target', 'crashes on a request target that cannot be decoded', isUndecodable),
  dies('dies-of-proto-field', 'crashes on a field that is called __proto__', (text) =>
    text.includes('\r\n__proto__:'),
  ),
  dies('dies-of-tls-hello', 'crashes on a TLS handshake on its plain port', (text) =>
    text.startsWith(TLS_HELLO),
  ),
  fault('stops-at-spaces', 'spends half a minute on a field with many spaces', () => ({
    fromClient: (edge) =>
      watch((text) => {
        if (/ {5000}/.test(text)) edge.freeze(FROZEN_MS)
      }),
  })),
  fault('upgrades-to-anything', 'switches to every protocol that a client asks for', () => ({
    fromClient: (_edge, client) => (bytes, emit) => {
      if (bytes.includes('Upgrade: websocket')) client.write(SWITCHED)
      else emit(bytes)
    },
  })),
  fault('upgrades-to-h2c-only', 'switches to HTTP/2 without speaking it', () => ({
    fromClient: (_edge, client) => (bytes, emit) => {
      if (bytes.includes('Upgrade: h2c')) client.write(SWITCHED_TO_H2C)
      else emit(bytes)
    },
  })),
  fault('lenient-coding', 'finds chunked coding in every spelling', () => ({
    fromClient: () => (bytes, emit) => emit(withoutBody(bytes)),
  })),
  fault('one-head-at-a-time', 'reads a request head when the one before is complete', () => {
    const incomplete = new Set<Socket>()
    return { fromClient: (_edge, client) => inTurn(client, incomplete) }
  }),
  fault('stops-accepting', 'serves no client after three hundred connections', () => ({
    client: (nth) => (nth > MOST_ACCEPTED ? 'ignore' : 'serve'),
  })),
  fault('dies-of-half-close', 'crashes when a client half-closes its connection', () => ({
    onHalfClose: (edge) => {
      edge.crash()
      return true
    },
  })),
  fault(
    'stops-at-surplus',
    'spends half a minute on further requests on the connection of a stream',
    () => ({
      fromClient: (edge) => {
        let bytesRead = 0
        return (bytes, emit) => {
          bytesRead += bytes.length
          if (bytesRead > SURPLUS_BYTES) edge.freeze(FROZEN_MS)
          else emit(bytes)
        }
      },
    }),
  ),
]

/** Faults of what only a concentrator has: slots, and one stream for all. */
export const CONCENTRATOR_HOSTILE_FAULTS: readonly Fault<EdgeFaults>[] = [
  fault('opens-tunnels', 'opens a tunnel to wherever a client wants', () => ({
    fromClient: (_edge, client) => (bytes, emit) => {
      if (bytes.includes('CONNECT ')) client.write('HTTP/1.1 200 OK\r\n\r\n')
      else emit(bytes)
    },
  })),
  fault(
    'surplus-hides-leave',
    'does not notice the disconnect of a client that sent further requests',
    () => {
      const busy = new WeakSet<Socket>()
      return {
        fromClient: (_edge, client) => {
          let isFirst = true
          return (bytes, emit) => {
            if (!isFirst) busy.add(client)
            isFirst = false
            emit(bytes)
          }
        },
        onHalfClose: (_edge, client) => busy.has(client),
        onLeave: (_edge, client) => busy.has(client),
      }
    },
  ),
  fault('stalled-stall-all', 'sends nothing while eight clients do not read', () => {
    const clients = new Set<Socket>()
    const stalled = (): number =>
      [...clients].filter(({ writableNeedDrain }) => writableNeedDrain).length
    return {
      toClient: (client) => {
        clients.add(client)
        client.on('close', () => clients.delete(client))
        return (bytes, emit) => {
          if (client.writableNeedDrain || stalled() < FEW_STALLED) emit(bytes)
        }
      },
    }
  }),
]

function fault(name: string, description: string, link: () => LinkFaults): Fault<EdgeFaults> {
  return { name, description, points: () => ({ link: link() }) }
}

function dies(
  name: string,
  description: string,
  isFatal: (text: string) => boolean,
): Fault<EdgeFaults> {
  return fault(name, description, () => ({
    fromClient: (edge: Edge) =>
      watch((text) => {
        if (isFatal(text)) edge.crash()
      }),
  }))
}

/** Looks at what a client sends, and passes it on. */
function watch(look: (text: string) => void): Filter {
  return (bytes, emit) => {
    look(bytes.toString('latin1'))
    emit(bytes)
  }
}

function isUndecodable(text: string): boolean {
  const target = text.split(' ')[1] ?? ''
  try {
    decodeURIComponent(target)
    return false
  } catch {
    return true
  }
}

/** Reads a body by chunked coding, and takes what follows for the next request. */
function withoutBody(bytes: Buffer): Buffer {
  const text = bytes.toString('latin1')
  const end = text.indexOf(END_OF_HEAD)
  if (end < 0 || !/chunked/i.test(text.slice(0, end))) return bytes
  const kept = text
    .slice(0, end)
    .split(/\r?\n/)
    .filter((line) => !/^(?:content-length|transfer.encoding|x|[ \t])/i.test(line))
  const rest = text.slice(end + END_OF_HEAD.length).replace(LAST_CHUNK, '')
  return Buffer.from([...kept, '', rest].join('\r\n'), 'latin1')
}

/** Passes on what a client sends when no other one is in the middle of its head. */
function inTurn(client: Socket, incomplete: Set<Socket>): Filter {
  let seen = ''
  client.on('close', () => incomplete.delete(client))
  return (bytes, emit) => {
    if (seen.includes(END_OF_HEAD)) return emit(bytes)
    const tryNow = (): void => {
      const isBusy = [...incomplete].some((other) => other !== client)
      if (isBusy && !client.destroyed) return void setTimeout(tryNow, LOOK_EVERY_MS).unref()
      seen += bytes.toString('latin1')
      if (seen.includes(END_OF_HEAD)) incomplete.delete(client)
      else incomplete.add(client)
      emit(bytes)
    }
    tryNow()
  }
}
