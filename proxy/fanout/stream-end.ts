import { encodeChunk } from '../sse/chunk.ts'
import type { BodyFraming } from './subscriber.ts'

/** The chunk that ends a chunked body [http/1.1 §7.1]. */
const LAST_CHUNK = encodeChunk('')

/**
 * The last bytes of a stream. The client reconnects after `retryMs`; undefined = after its own
 * time.
 */
export function streamEnd(framing: BodyFraming, retryMs: number | undefined): Buffer | string {
  const block = retryMs === undefined ? '' : `retry: ${retryMs}\n\n`
  if (framing === 'plain') return block
  return block === '' ? LAST_CHUNK : Buffer.concat([encodeChunk(block), LAST_CHUNK])
}
