import type { RelayFaults } from '../../gateway/relay-faults.ts'
import { chunkSizeOf } from '../../http/body.ts'
import type { HeadFaults } from '../../http/front-faults.ts'
import type { Fault } from '../fault.ts'

/** Faults of later requests on a connection, and of what decides where they begin. */
export const GATEWAY_KEPT_REQUEST_FAULTS: readonly Fault<RelayFaults>[] = [
  {
    name: 'first-target-of-connection',
    description: 'forwards the first request of a connection again and again',
    points: () => ({ heads: ofEarlier((_text, first) => first) }),
  },
  {
    name: 'keeps-login-of-connection',
    description: 'adds the login of an earlier request on a connection to the later ones',
    points: () => ({ heads: ofEarlier((text, earlier) => text + loginLine(earlier)) }),
  },
  {
    name: 'hop-fields-of-second',
    description: 'forwards the fields that Connection names, from the second request on',
    points: () => ({ heads: ofEarlier((text) => text.replace(/\r\nConnection:.*/i, '')) }),
  },
  {
    name: 'five-requests-of-connection',
    description: 'ends a connection at its sixth request, without an answer',
    points: () => ({ heads: { mostRequests: 5 } }),
  },
  {
    name: 'leaves-trailers',
    description: 'takes trailers of a request for the next one on the connection',
    points: () => ({ heads: { chunks: { leavesTrailers: true } } }),
  },
  {
    name: 'chunk-sizes-of-16-bits',
    description: 'reads the sizes of chunks in requests as 16 bits',
    points: () => ({
      heads: { chunks: { size: (line) => (chunkSizeOf(line) ?? 0) % 65_536, anyEnd: true } },
    }),
  },
  {
    name: 'drops-zero-length',
    description: 'does not forward Content-Length: 0',
    points: () => ({
      requestText: (text) => text.replace(/\r\nContent-Length: 0(?=\r\n)/i, ''),
    }),
  },
  {
    name: 'second-host-for-lower-case',
    description: 'adds a Host field unless there is one in this spelling',
    points: () => ({
      requestText: (text) =>
        text.includes('\r\nHost:') ? text : text.replace('\r\n', '\r\nHost: gateway\r\n'),
    }),
  },
]

/** Edits the heads of a connection, except the first one. */
function ofEarlier(edit: (text: string, first: string) => string): HeadFaults {
  const first = new WeakMap<object, string>()
  return {
    text: (text, connection) => {
      const known = first.get(connection)
      if (known === undefined) first.set(connection, text)
      return known === undefined ? text : edit(text, known)
    },
  }
}

function loginLine(text: string): string {
  return /\r\nAuthorization:.*/i.exec(text)?.[0] ?? ''
}
