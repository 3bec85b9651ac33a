import { closest, distance } from 'fastest-levenshtein'

/** The known name that is most similar; undefined if none is similar enough. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined
  const near = closest(name, known)
  return distance(name, near) <= Math.max(2, name.length / 3) ? near : undefined
}
