import { closest, distance } from 'fastest-levenshtein'

/** Maximum edit distance of a suggestion. */
const MAX_TYPOS = 3

/** `; did you mean NAME?` for the nearest known name; an empty string when none is near. */
export function suggest(name: string, known: readonly string[]): string {
  if (known.length === 0) return ''
  const nearest = closest(name, known)
  return distance(name, nearest) <= MAX_TYPOS ? `; did you mean ${nearest}?` : ''
}
