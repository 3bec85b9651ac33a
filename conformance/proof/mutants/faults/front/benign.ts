import type { FrontFaults } from '../../http/front-faults.ts'
import { withField, withoutFields, type ResponseHead } from '../../http/head.ts'
import { coalesce, delay } from '../../stages/time.ts'
import type { Fault } from '../fault.ts'

/** Harmless differences: every check must pass them. */
export const BENIGN_VARIANTS: readonly Fault<FrontFaults>[] = [
  {
    name: 'delay-200ms',
    description: 'sends everything 200 ms later',
    points: () => ({ body: delay(200) }),
  },
  {
    name: 'short-queue',
    description: 'has a queue of 50 connections that it has not accepted, as Java has',
    points: () => ({ queue: 50 }),
  },
  {
    name: 'coalesce-adjacent',
    description: 'joins pieces that arrive in one turn of the event loop',
    points: () => ({ body: coalesce }),
  },
  {
    name: 'rechunk',
    description: 'cuts bodies into chunks of 1000 bytes',
    points: () => ({ chunk: (bytes) => cut(bytes, 1000) }),
  },
  {
    name: 'splits-every-byte',
    description: 'sends each of the first 4096 bytes of a piece in its own chunk',
    points: () => ({
      chunk: (bytes) =>
        Buffer.concat([cut(bytes.subarray(0, 4096), 1), cut(bytes.subarray(4096), 65_536)]),
    }),
  },
  {
    name: 'chunk-extensions',
    description: 'adds an extension and leading zeros to each chunk size',
    points: () => ({
      chunk: (bytes) =>
        Buffer.concat([
          Buffer.from(`000${bytes.length.toString(16).toUpperCase()};note="a"\r\n`),
          bytes,
          Buffer.from('\r\n'),
        ]),
    }),
  },
  variant('adds-via', 'adds Via to responses', (head) => withField(head, 'Via', '1.1 benign')),
  variant('own-server-header', 'adds Server to responses', (head) =>
    withField(withField(head, 'Server', 'benign/1.0'), 'X-Request-Id', '7f3a'),
  ),
  variant('lowercases-header-names', 'writes field names in lower case', (head) => ({
    ...head,
    fields: head.fields.map(([name, value]) => [name.toLowerCase(), value] as const),
  })),
  variant(
    'close-delimited',
    'ends streams by closing the connection instead of chunked coding',
    (head) => withField(withoutFields(head, 'Transfer-Encoding'), 'Connection', 'close'),
  ),
  variant('no-reason-phrase', 'sends an empty reason phrase', (head) => ({
    ...head,
    reason: '',
  })),
]

function variant(
  name: string,
  description: string,
  response: (head: ResponseHead) => ResponseHead,
): Fault<FrontFaults> {
  return { name, description, points: () => ({ response }) }
}

function cut(bytes: Buffer, pieceBytes: number): Buffer {
  const text: string[] = []
  // As one latin1 string: a Buffer per byte would be measurably slow.
  const body = bytes.toString('latin1')
  for (let at = 0; at < body.length; at += pieceBytes) {
    const piece = body.slice(at, at + pieceBytes)
    text.push(piece.length.toString(16), '\r\n', piece, '\r\n')
  }
  return Buffer.from(text.join(''), 'latin1')
}
