import { closest, distance } from 'fastest-levenshtein'

/** A name further away than this is a guess. */
const MAX_TYPOS = 3

/** `; did you mean NAME?` for the known name that is nearest; an empty string when none is near. */
export function suggest(name: string, known: readonly string[]): string {
  const nearest = closest(name, known)
  return distance(name, nearest) <= MAX_TYPOS ? `; did you mean ${nearest}?` : ''
}
