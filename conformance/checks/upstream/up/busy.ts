import type { Rig } from '../../../rig/rig.ts'

/** A target that can answer this many clients during a wait gets enough of the processor. */
const ANSWERS_PER_WAIT = 4

/** Whether the target takes too long to answer a client for a wait of this length to be measured. */
export async function isTooBusyFor(t: Rig, waitMs: number): Promise<boolean> {
  const startMs = performance.now()
  const client = t.connect()
  await t.answers(client)
  client.close()
  return (performance.now() - startMs) * ANSWERS_PER_WAIT > waitMs
}
