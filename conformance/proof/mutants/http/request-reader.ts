import type { Socket } from 'node:net'
import type { HeadFaults } from './front-faults.ts'
import { parseRequestHead, type RequestHead } from './head.ts'
import type { SocketReader } from './socket-reader.ts'

const MAX_HEAD_BYTES = 64 * 1024
const HEAD_TIMEOUT_MS = 10_000

export type HeadRead =
  | { readonly kind: 'head'; readonly request: RequestHead }
  | { readonly kind: 'refused'; readonly status: string }
  /** The client disconnected, or timed out. */
  | { readonly kind: 'gone' }

/** Reads the head of the next request, which is the `nth` of its connection. */
export async function readRequestHead(
  client: Socket,
  reader: SocketReader,
  faults: HeadFaults,
  nth: number,
): Promise<HeadRead> {
  const timeoutMs = faults.timeoutMs ?? HEAD_TIMEOUT_MS
  const deadline = setTimeout(() => client.destroy(), timeoutMs)
  const read =
    faults.inOneRead === true
      ? await readOnce(reader)
      : await reader.readUntil('\r\n\r\n', faults.maxBytes ?? MAX_HEAD_BYTES)
  clearTimeout(deadline)
  if (read.kind === 'end') return { kind: 'gone' }
  if (read.kind === 'too-long') {
    return { kind: 'refused', status: '431 Request Header Fields Too Large' }
  }
  // [http/1.1 §2.2] empty lines before a request line are skipped.
  const isRejected = faults.noLeadingCrlf === (nth === 1 ? 'each' : 'later')
  const text = isRejected ? read.text : read.text.replace(/^(?:\r\n)+/, '')
  const request = parseRequestHead(faults.text?.(text, client) ?? text, faults.anyHost)
  return request === undefined
    ? { kind: 'refused', status: '400 Bad Request' }
    : { kind: 'head', request }
}

/** Treats the next read as a head, complete or not. */
async function readOnce(reader: SocketReader) {
  const bytes = await reader.read()
  if (bytes === undefined) return { kind: 'end' } as const
  const [text = ''] = bytes.toString('latin1').split('\r\n\r\n')
  return { kind: 'text', text } as const
}
