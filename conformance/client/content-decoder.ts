import { constants, createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'

/** Decodes content as bytes arrive. */
export interface ContentDecoder {
  /** `done` is called when everything that these bytes complete has been decoded, or cannot be. */
  write(bytes: Buffer, done: () => void): void
  /** No more bytes come. Decodes those that have. */
  end(): void
  close(): void
}

/** A decoder for a `Content-Encoding`; undefined for no coding and for unknown ones. */
export function createContentDecoder(
  coding: string | undefined,
  onContent: (content: Buffer) => void,
): ContentDecoder | undefined {
  const decoder = createDecompressor(coding?.toLowerCase())
  if (decoder === undefined) return undefined
  decoder.on('data', onContent)
  // Malformed coding appears as content that never arrives: checks wait for content, not for this
  // stream.
  decoder.on('error', () => decoder.destroy())
  return {
    // The decoded content is emitted before the next turn of the event loop.
    write: (bytes, done) => void decoder.write(bytes, () => setImmediate(done)),
    end: () => void decoder.end(),
    close: () => void decoder.destroy(),
  }
}

function createDecompressor(coding: string | undefined) {
  switch (coding) {
    case 'gzip':
    case 'x-gzip':
      return createGunzip({ flush: constants.Z_SYNC_FLUSH })
    case 'deflate':
      return createInflate({ flush: constants.Z_SYNC_FLUSH })
    case 'br':
      return createBrotliDecompress({ flush: constants.BROTLI_OPERATION_FLUSH })
    default:
      return undefined
  }
}
