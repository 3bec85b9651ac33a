import { readFileSync } from 'node:fs'

import type { Rig } from '../../rig/rig.ts'
import type { Stream } from '../../rig/stream.ts'

const BLOCK = `data: ${'x'.repeat(64 * 1024)}\n\n`
export const MIB = 1024 * 1024
/** What a gateway may hold itself, beside its sockets. */
const OWN_MIB = 8
/** Where the kernel does not tell how much sockets hold. */
const USUAL_SOCKETS_MIB = 24

/**
 * More than a gateway takes that stops reading: on a busy machine Linux lets the receive buffer
 * grow to its limit. Beside it, the sending ones of both legs are full.
 */
export const MOST_AHEAD_MIB = OWN_MIB + socketsMib()
/** How much is written for a client that does not read. */
export const WRITTEN_MIB = MOST_AHEAD_MIB + 2 * OWN_MIB

function socketsMib(): number {
  try {
    const mib = (2 * largestOf('tcp_wmem') + largestOf('tcp_rmem')) / MIB
    return Math.max(USUAL_SOCKETS_MIB, mib)
  } catch {
    // Only Linux has these files.
    return USUAL_SOCKETS_MIB
  }
}

/** Bytes that a buffer of a socket may grow to. */
function largestOf(name: string): number {
  const [, , most = ''] = readFileSync(`/proc/sys/net/ipv4/${name}`, 'utf8').split('\t')
  return Number(most)
}

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
