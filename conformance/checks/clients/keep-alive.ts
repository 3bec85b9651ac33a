import type { Rig } from '../../rig/rig.ts'

const EVENTS_PER_COMMENT = 16
const COMMENT_MS = 500

/** Writes a comment on each stream of the target, so that none is silent for too long. */
function comment(t: Rig): void {
  for (const { stream } of t.backends) stream?.write(':\n')
}

/** For loops that write numbered events: writes a comment with each sixteenth. */
export function commentAt(t: Rig, number: number): void {
  if (number % EVENTS_PER_COMMENT === 0) comment(t)
}

/** The condition, for a wait during which each stream of the target gets a comment now and then. */
export function commentingUntil(t: Rig, condition: () => boolean): () => boolean {
  let lastMs = -Infinity
  return () => {
    const nowMs = performance.now()
    if (nowMs - lastMs >= COMMENT_MS) {
      comment(t)
      lastMs = nowMs
    }
    return condition()
  }
}
