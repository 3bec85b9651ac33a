import type { IncomingMessage, ServerResponse } from 'node:http'

/** Of all requests of the process. What is beyond it stays unread until it is wanted. */
const MAX_BYTES = 67_108_864

let heldBytes = 0

/**
 * Reads the body of a request that waits. Node stops reading from a connection with an unread body,
 * and would not see that the client leaves. Returns the function that puts everything back, as if
 * nothing had been read. Call it once, also for a request whose connection is closed.
 */
export function readAhead(request: IncomingMessage, response: ServerResponse): () => void {
  const { 'content-length': length = '0', 'transfer-encoding': coding } = request.headers
  if (length === '0' && coding === undefined) return () => {}
  const chunks: Buffer[] = []
  let bytes = 0
  const read = (): void => {
    // A message that is complete may stay where it is: Node reads on behind it.
    while (!request.complete && heldBytes < MAX_BYTES) {
      const chunk: unknown = request.read()
      if (!Buffer.isBuffer(chunk)) return
      chunks.push(chunk)
      bytes += chunk.length
      heldBytes += chunk.length
    }
  }
  request.on('readable', read)
  // Node drops an unread body after its response, but not one of which something was read.
  response.once('finish', () => request.resume())
  return () => {
    request.off('readable', read)
    heldBytes -= bytes
    if (chunks.length > 0 && !request.destroyed) request.unshift(Buffer.concat(chunks))
  }
}
