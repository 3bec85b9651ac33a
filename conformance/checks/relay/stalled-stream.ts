import type { Rig } from '../../rig/rig.ts'
import type { Stream } from '../../rig/stream.ts'

const BLOCK = `data: ${'x'.repeat(64 * 1024)}\n\n`
export const MIB = 1024 * 1024
/** How much is written for a client that does not read. */
export const WRITTEN_MIB = 48

/** A stream whose client has stopped reading. */
export async function stalledStream(t: Rig): Promise<Stream> {
  const stream = await t.stream()
  await stream.writeAndYield('data: before\n\n')
  stream.client.pause()
  return stream
}

/**
 * Writes until the gateway takes no more, or this much is taken. Returns how many bytes it took.
 */
export async function writesAhead(
  t: Rig,
  { upstream }: Stream,
  mostBytes: number,
): Promise<number> {
  let written = 0
  const taken = (): number => written - upstream.pendingBytes
  while (taken() < mostBytes && !upstream.closed) {
    while (upstream.pendingBytes < MIB) {
      upstream.write(BLOCK)
      written += BLOCK.length
    }
    const before = taken()
    if (!(await t.eventually(() => taken() > before, t.holdMs / 2))) break
  }
  return taken()
}
