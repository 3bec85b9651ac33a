import { fieldValue, type RequestHead, type ResponseHead } from './head.ts'
import type { SocketReader } from './socket-reader.ts'

/** How a body marks its end [http/1.1 §6.3]. */
export type Framing =
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly bytes: number }
  | { readonly kind: 'chunked' }
  | { readonly kind: 'until-close' }

/** `cut`: the connection ended before the body did. */
export type BodyEnd = 'complete' | 'cut'

const MAX_SIZE_LINE_BYTES = 1024

export function responseFraming(head: ResponseHead, method: string): Framing {
  // [http/1.1 §6.3] item 1: these never have a body, regardless of their fields.
  if (method === 'HEAD' || head.status < 200 || head.status === 204 || head.status === 304) {
    return { kind: 'none' }
  }
  return declaredFraming(head) ?? { kind: 'until-close' }
}

/**
 * `faulty`: two readers could disagree about where the body ends [http/1.1 §6.3] [http/1.1 §6.1].
 */
export function requestFraming(head: RequestHead): Framing | 'faulty' {
  const coding = fieldValue(head, 'transfer-encoding')
  const length = fieldValue(head, 'content-length')
  if (coding !== undefined) {
    const sound = coding.toLowerCase() === 'chunked' && length === undefined
    return sound && head.version === '1.1' ? { kind: 'chunked' } : 'faulty'
  }
  if (length === undefined) return { kind: 'none' }
  return /^\d{1,15}$/.test(length) ? { kind: 'length', bytes: Number(length) } : 'faulty'
}

function declaredFraming(head: RequestHead | ResponseHead): Framing | undefined {
  // [http/1.1 §6.3] item 3: Transfer-Encoding overrides Content-Length.
  if (fieldValue(head, 'transfer-encoding') !== undefined) return { kind: 'chunked' }
  const length = fieldValue(head, 'content-length')
  return length === undefined ? undefined : { kind: 'length', bytes: Number(length) }
}

/** Parses the line that begins a chunk. Undefined: it is malformed. */
export type ChunkSizeReader = (line: string) => number | undefined

/** How chunked coding is read, when a fault changes that. */
export interface ChunkFaults {
  readonly size?: ChunkSizeReader | undefined
  /** True: any two bytes end a chunk. */
  readonly anyEnd?: boolean | undefined
  /** True: takes what one read returns for the line that begins a chunk. */
  readonly sizeInOneRead?: boolean | undefined
  /** True: yields no piece of a chunk before all of it has come. */
  readonly whole?: boolean | undefined
  /** True: does not read trailers. */
  readonly leavesTrailers?: boolean | undefined
  /** True: trailer lines are content. */
  readonly keepsTrailers?: boolean | undefined
}

/** Yields the content of a body piece by piece, as it arrives. */
export async function* readBody(
  reader: SocketReader,
  framing: Framing,
  faults: ChunkFaults = {},
): AsyncGenerator<Buffer, BodyEnd, undefined> {
  if (framing.kind === 'length') return yield* readLength(reader, framing.bytes)
  if (framing.kind === 'chunked') return yield* readChunked(reader, faults)
  if (framing.kind === 'until-close') return yield* readUntilClose(reader)
  return 'complete'
}

async function* readUntilClose(reader: SocketReader): AsyncGenerator<Buffer, BodyEnd, undefined> {
  for (let bytes = await reader.read(); bytes !== undefined; bytes = await reader.read()) {
    yield bytes
  }
  return reader.failed ? 'cut' : 'complete'
}

async function* readLength(
  reader: SocketReader,
  lengthBytes: number,
): AsyncGenerator<Buffer, BodyEnd, undefined> {
  let missingBytes = lengthBytes
  while (missingBytes > 0) {
    const bytes = await reader.read()
    if (bytes === undefined) return 'cut'
    const piece = bytes.subarray(0, missingBytes)
    reader.unread(bytes.subarray(piece.length))
    missingBytes -= piece.length
    yield piece
  }
  return 'complete'
}

// [http/1.1 §7.1.1] chunk extensions are ignored.
export function chunkSizeOf(line: string): number | undefined {
  const [, size] = /^([\da-f]{1,12})[ \t]*(?:;|$)/i.exec(line) ?? []
  return size === undefined ? undefined : Number.parseInt(size, 16)
}

async function* readChunked(
  reader: SocketReader,
  {
    size = chunkSizeOf,
    anyEnd = false,
    keepsTrailers = false,
    leavesTrailers = false,
    sizeInOneRead = false,
    whole = false,
  }: ChunkFaults,
): AsyncGenerator<Buffer, BodyEnd, undefined> {
  for (;;) {
    const line = sizeInOneRead
      ? await reader.readLineAtOnce()
      : await reader.readUntil('\r\n', MAX_SIZE_LINE_BYTES)
    const sizeBytes = line.kind === 'text' ? size(line.text) : undefined
    if (sizeBytes === undefined) return 'cut'
    if (sizeBytes === 0 && leavesTrailers) return 'complete'
    if (sizeBytes === 0) return yield* readTrailers(reader, keepsTrailers)
    const chunk = readLength(reader, sizeBytes)
    if ((yield* whole ? atOnce(chunk) : chunk) === 'cut') return 'cut'
    if (anyEnd) await skipBytes(reader, 2)
    else if (!(await readsEnd(reader))) return 'cut'
  }
}

async function* atOnce(
  body: AsyncGenerator<Buffer, BodyEnd, undefined>,
): AsyncGenerator<Buffer, BodyEnd, undefined> {
  const pieces: Buffer[] = []
  for (;;) {
    const next = await body.next()
    if (next.done !== true) pieces.push(next.value)
    else {
      yield Buffer.concat(pieces)
      return next.value
    }
  }
}

async function readsEnd(reader: SocketReader): Promise<boolean> {
  // The two bytes may come in two packets.
  const end = await reader.readUntil('\r\n', 1)
  return end.kind === 'text' && end.text === ''
}

async function skipBytes(reader: SocketReader, count: number): Promise<void> {
  const rest = readLength(reader, count)
  while ((await rest.next()).done !== true);
}

// [http/1.1 §7.1.2] trailers are dropped, never merged into the head.
async function* readTrailers(
  reader: SocketReader,
  keeps: boolean,
): AsyncGenerator<Buffer, BodyEnd, undefined> {
  for (;;) {
    const line = await reader.readUntil('\r\n', MAX_SIZE_LINE_BYTES)
    if (line.kind !== 'text') return 'cut'
    if (line.text === '') return 'complete'
    if (keeps) yield Buffer.from(line.text, 'latin1')
  }
}

export const LAST_CHUNK = Buffer.from('0\r\n\r\n')

export function encodeChunk(bytes: Buffer): Buffer {
  return Buffer.concat([
    Buffer.from(`${bytes.length.toString(16)}\r\n`),
    bytes,
    Buffer.from('\r\n'),
  ])
}
