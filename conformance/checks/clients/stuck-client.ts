import type { Rig } from '../../rig/rig.ts'
import type { Stream } from '../../rig/stream.ts'

/**
 * More than the two sockets of a connection hold while the client does not read. Linux was seen to
 * hold 4.3 MB with its default limits, and no more with `tcp_wmem` raised to 64 MB.
 */
export const SOCKETS_BYTES = 6 * 1024 * 1024
export const BLOCK = `data: ${'x'.repeat(256 * 1024)}\n\n`

/**
 * Connects a client that reads nothing, and writes so much that the target cannot send all of it,
 * even where sockets hold twice as much as usual.
 */
export async function besideStuckClient(t: Rig): Promise<Stream> {
  const stuck = t.connect()
  await t.opens(stuck)
  stuck.pause()
  const stream = await t.stream()
  for (let bytes = 0; bytes < 2 * SOCKETS_BYTES; bytes += BLOCK.length) await stream.arrives(BLOCK)
  return stream
}
