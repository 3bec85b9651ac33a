import { closest, distance } from 'fastest-levenshtein'

/** Maximum edit distance of a suggestion. */
const MAX_TYPOS = 3

/** Longer names are not compared. */
const MAX_LENGTH = 100

/** `; did you mean NAME?` for the nearest known name; an empty string when none is near. */
export function suggest(name: string, known: readonly string[]): string {
  if (known.length === 0 || name.length > MAX_LENGTH) return ''
  const nearest = closest(name, known)
  return distance(name, nearest) <= MAX_TYPOS ? `; did you mean ${nearest}?` : ''
}
