const CRLF = '\r\n'

/** Bytes that chunked coding adds to a payload of this size: size line and closing line end [http/1.1 §7.1]. */
export function chunkOverheadBytes(payloadBytes: number): number {
  return payloadBytes.toString(16).length + 2 * CRLF.length
}

/** One payload as one chunk of the chunked coding [http/1.1 §7.1]. */
export function encodeChunk(payload: Buffer | string): Buffer {
  const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload
  return Buffer.concat([Buffer.from(bytes.length.toString(16) + CRLF), bytes, Buffer.from(CRLF)])
}

/** The payloads of complete chunks, joined. For our own coding only: sizes are trusted, extensions unknown. */
export function decodeChunks(coded: Buffer): Buffer {
  const payloads: Buffer[] = []
  for (let at = 0; at < coded.length;) {
    const sizeEnd = coded.indexOf(CRLF, at)
    const start = sizeEnd + CRLF.length
    const end = start + Number.parseInt(coded.toString('latin1', at, sizeEnd), 16)
    payloads.push(coded.subarray(start, end))
    at = end + CRLF.length
  }
  return Buffer.concat(payloads)
}
