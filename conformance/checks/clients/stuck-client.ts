import type { Rig } from '../../rig/rig.ts'
import type { Stream } from '../../rig/stream.ts'

/** More than the sockets of a client that does not read hold. */
const BULK_BYTES = 12 * 1024 * 1024
const BLOCK = `data: ${'x'.repeat(256 * 1024)}\n\n`

/** Connects a client that reads nothing, and writes so much that the target cannot send all of it. */
export async function besideStuckClient(t: Rig): Promise<Stream> {
  const stuck = t.connect()
  await t.opens(stuck)
  stuck.pause()
  const stream = await t.stream()
  for (let bytes = 0; bytes < BULK_BYTES; bytes += BLOCK.length) await stream.arrives(BLOCK)
  return stream
}
