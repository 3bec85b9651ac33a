import { encodeChunk } from '../../http/body.ts'
import type { FrontFaults } from '../../http/front-faults.ts'
import { withField, withoutFields } from '../../http/head.ts'
import type { Fault } from '../fault.ts'

const CRLF = Buffer.from('\r\n')

/** Faults in response framing. */
export const FRAMING_FAULTS: readonly Fault<FrontFaults>[] = [
  {
    name: 'bad-chunk-size',
    description: 'writes chunk sizes that are one byte too large',
    points: () => ({ chunk: (bytes) => withSize((bytes.length + 1).toString(16), bytes) }),
  },
  {
    name: 'dec-chunk-size',
    description: 'writes chunk sizes in decimal',
    points: () => ({ chunk: (bytes) => withSize(String(bytes.length), bytes) }),
  },
  {
    name: 'chunk-without-crlf',
    description: 'omits the line end after each chunk',
    points: () => ({ chunk: (bytes) => encodeChunk(bytes).subarray(0, -CRLF.length) }),
  },
  {
    name: 'adds-cl-0',
    description: 'sends Content-Length: 0 together with Transfer-Encoding',
    points: () => ({ response: (head) => withField(head, 'Content-Length', '0') }),
  },
  {
    name: 'cl-guess',
    description: 'sends a wrong Content-Length for open streams',
    points: () => ({
      response: (head) =>
        withField(withoutFields(head, 'Transfer-Encoding'), 'Content-Length', '1073741824'),
    }),
  },
  {
    name: 'always-chunk',
    description: 'also uses chunked coding for HTTP/1.0 clients',
    points: () => ({
      response: (head, { version }) =>
        version === '1.0' ? withField(head, 'Transfer-Encoding', 'chunked') : head,
    }),
  },
]

function withSize(size: string, bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from(size), CRLF, bytes, CRLF])
}
