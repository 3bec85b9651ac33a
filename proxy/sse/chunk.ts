const CRLF = '\r\n'

/**
 * Bytes that chunked coding adds to a payload of this size: size line and closing line end
 * [http/1.1 §7.1].
 */
export function chunkOverheadBytes(payloadBytes: number): number {
  return payloadBytes.toString(16).length + 2 * CRLF.length
}

/** Encodes one payload as one chunk [http/1.1 §7.1]. */
export function encodeChunk(payload: Buffer | string): Buffer {
  const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload
  return Buffer.concat([Buffer.from(bytes.length.toString(16) + CRLF), bytes, Buffer.from(CRLF)])
}

/**
 * Calls back for each complete chunk; all are views into `coded`. Reads only what `encodeChunk` or
 * a log wrote: sizes are trusted, extensions unknown.
 */
export function eachChunk(coded: Buffer, onChunk: (chunk: Buffer, payload: Buffer) => void): void {
  for (let at = 0; at < coded.length;) {
    const sizeEnd = coded.indexOf(CRLF, at)
    const start = sizeEnd + CRLF.length
    const end = start + Number.parseInt(coded.toString('latin1', at, sizeEnd), 16)
    onChunk(coded.subarray(at, end + CRLF.length), coded.subarray(start, end))
    at = end + CRLF.length
  }
}

/** The payloads of complete chunks, joined. */
export function decodeChunks(coded: Buffer): Buffer {
  const payloads: Buffer[] = []
  eachChunk(coded, (_chunk, payload) => payloads.push(payload))
  return Buffer.concat(payloads)
}
