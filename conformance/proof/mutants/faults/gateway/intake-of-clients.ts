import type { RelayFaults } from '../../gateway/relay-faults.ts'
import { chunkSizeOf, requestFraming, type Framing } from '../../http/body.ts'
import type { HeadFaults } from '../../http/front-faults.ts'
import { fieldValue, withField, withoutFields, type RequestHead } from '../../http/head.ts'
import type { Fault } from '../fault.ts'

const KEPT_MS = 600_000

/** Stands for a folded line end, which no parsed head has. */
const FOLD = '\u0001'
const WRAP = 2n ** 32n

/** Faults in reading requests, for a gateway. */
export const GATEWAY_INTAKE_FAULTS: readonly Fault<RelayFaults>[] = [
  {
    name: 'passes-request-folds',
    description: 'forwards folded fields of a request',
    points: () => ({
      heads: { text: (text) => text.replaceAll(/\r\n(?=[ \t])/g, FOLD) },
      requestText: (text) => text.replaceAll(FOLD, '\r\n'),
    }),
  },
  reading('field-after-space', 'takes a first line with white space before it for a field', {
    text: (text) => text.replace(/^([^\r\n]*\r\n)[ \t]+/, '$1'),
  }),
  reading('any-method-token', 'forwards methods that are no token as GET', {
    text: (text) => text.replace(/^\S*[^\w ]\S* /, 'GET '),
  }),
  reading('strtol-chunk', 'reads the digits at the start of a chunk size', {
    chunks: {
      size: (line) => {
        const [, digits] = /^[ \t]*[+-]?(?:0x)?([\da-f]+)/i.exec(line) ?? []
        return digits === undefined ? undefined : Number.parseInt(digits, 16)
      },
    },
  }),
  reading('wraps-chunk-size', 'reads chunk sizes as integers of 32 bits', {
    chunks: {
      size: (line) => (/^[\da-f]+$/i.test(line) ? Number(BigInt(`0x${line}`) % WRAP) : undefined),
    },
  }),
  reading('cuts-at-extension', 'takes a chunk with an extension for the last one', {
    chunks: { size: (line) => (line.includes(';') ? 0 : chunkSizeOf(line)) },
  }),
  reading('any-chunk-end', 'skips two bytes after each chunk', { chunks: { anyEnd: true } }),
  reading('passes-length-list', 'forwards a length that is sent twice as it is', {
    framing: (request) => {
      const [, bytes] = /^(\d+), \1$/.exec(fieldValue(request, 'content-length') ?? '') ?? []
      return bytes === undefined ? undefined : { kind: 'length', bytes: Number(bytes) }
    },
  }),
  reading('drops-pipelined', 'forgets a request that comes with another one', {
    dropsPipelined: true,
  }),
  reading('refuses-http10', 'refuses HTTP/1.0', {
    text: (text) => (/^[^\r]* HTTP\/1\.0(?:\r|$)/.test(text) ? '' : text),
  }),
  reading(
    'te-cl-keeps',
    'ignores Content-Length beside Transfer-Encoding, and keeps the connection',
    {
      framing: codingAlone,
    },
  ),
  {
    name: 'keeps-closing',
    description: 'keeps the connection of a client that asks for its end',
    points: () => ({
      // The check may wait longer than the usual time for the next request.
      heads: { timeoutMs: KEPT_MS },
      response: (head) =>
        fieldValue(head, 'content-length') === undefined ? head : withoutFields(head, 'Connection'),
    }),
  },
]

/** What [http/1.1 §6.1] allows for such requests. */
export const CODING_ALONE_AND_CLOSE: Fault<RelayFaults> = {
  name: 'te-alone-and-close',
  description: 'reads ambiguous requests by Transfer-Encoding alone, and ends their connections',
  points: () => ({
    heads: { framing: codingAlone },
    response: (head, request) =>
      codingAlone(request) === undefined ? head : withField(head, 'Connection', 'close'),
  }),
}

function reading(name: string, description: string, heads: HeadFaults): Fault<RelayFaults> {
  return { name, description, points: () => ({ heads }) }
}

/** Chunked, where a request is faulty only because of its length or its version. */
function codingAlone(request: RequestHead): Framing | undefined {
  const coding = fieldValue(request, 'transfer-encoding')?.toLowerCase()
  return coding === 'chunked' && requestFraming(request) === 'faulty'
    ? { kind: 'chunked' }
    : undefined
}
