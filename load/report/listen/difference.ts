/** What one list has to lose and to gain to become another; indices in the lists. */
export interface Difference {
  readonly missing: readonly number[]
  readonly surplus: readonly number[]
}

/** More differences than that are one: the lists are not alike. Bounds time and memory. */
const MOST = 1_000

/**
 * The smallest difference between two lists of texts, or undefined when they are not alike. An
 * O(ND) Difference Algorithm and Its Variations, Myers 1986.
 */
export function differenceOf(
  wanted: readonly string[],
  got: readonly string[],
): Difference | undefined {
  // reach.get(k): the furthest index in `wanted` on diagonal k = index in wanted - index in got.
  const reach = new Map<number, number>([[1, 0]])
  const history: ReadonlyMap<number, number>[] = []
  for (let edits = 0; edits <= MOST; edits++) {
    history.push(new Map(reach))
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      let at = startOf(reach, diagonal, edits)
      while (at < wanted.length && at - diagonal < got.length && wanted[at] === got[at - diagonal])
        at++
      reach.set(diagonal, at)
      if (at >= wanted.length && at - diagonal >= got.length) return trace(history, diagonal, at)
    }
  }
  return undefined
}

/** Where a path on this diagonal begins, one edit after the furthest path beside it. */
function startOf(reach: ReadonlyMap<number, number>, diagonal: number, edits: number): number {
  return comesFromAbove(reach, diagonal, edits)
    ? (reach.get(diagonal + 1) ?? 0)
    : (reach.get(diagonal - 1) ?? 0) + 1
}

function comesFromAbove(
  reach: ReadonlyMap<number, number>,
  diagonal: number,
  edits: number,
): boolean {
  if (diagonal === -edits) return true
  if (diagonal === edits) return false
  return (reach.get(diagonal - 1) ?? 0) < (reach.get(diagonal + 1) ?? 0)
}

/** Goes back over the edits that led to the end of both lists. */
function trace(
  history: readonly ReadonlyMap<number, number>[],
  lastDiagonal: number,
  end: number,
): Difference {
  const missing: number[] = []
  const surplus: number[] = []
  let [diagonal, at] = [lastDiagonal, end]
  for (let edits = history.length - 1; edits > 0; edits--) {
    const reach = history[edits] ?? new Map<number, number>()
    if (comesFromAbove(reach, diagonal, edits)) {
      diagonal++
      at = reach.get(diagonal) ?? 0
      surplus.unshift(at - diagonal)
    } else {
      diagonal--
      at = reach.get(diagonal) ?? 0
      missing.unshift(at)
    }
  }
  return { missing, surplus }
}
