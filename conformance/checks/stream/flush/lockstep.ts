import type { Rig, StreamRequest } from '../../../rig/rig.ts'

/** Requires that event N reaches the client before N+1 is written. */
export async function lockstep(t: Rig, count: number, wanted: StreamRequest = {}): Promise<void> {
  const stream = await t.stream(wanted)
  for (let number = 1; number <= count; number += 1)
    await stream.arrives(`data: step ${number}\n\n`)
}
