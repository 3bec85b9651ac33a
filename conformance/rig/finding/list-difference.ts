const SHOWN = 3

/**
 * How the events that a client read differ from those that it should have read, by their data, in a
 * few words: `event 22 is missing`. Undefined: they are equal.
 */
export function listDifference(
  wanted: readonly string[],
  came: readonly string[],
): string | undefined {
  if (came.length === 0 && wanted.length > 0) return `${named(wanted)}: nothing came`
  const strange = came.filter((data) => !wanted.includes(data))
  if (strange.length > 0) return `${named(strange)} came and should not`
  const missing = wanted.filter((data) => !came.includes(data))
  if (missing.length > 0) return `${named(missing)} ${missing.length === 1 ? 'is' : 'are'} missing`
  const twice = came.find((data, at) => count(came.slice(0, at + 1), data) > count(wanted, data))
  if (twice !== undefined) return `event ${shown(twice)} came more than once`
  const at = came.findIndex((data, index) => data !== wanted[index])
  if (at === -1) return undefined
  return `event ${shown(came[at] ?? '')} came before event ${shown(wanted[at] ?? '')}`
}

function count(list: readonly string[], data: string): number {
  return list.filter((each) => each === data).length
}

function named(list: readonly string[]): string {
  const names = list.slice(0, SHOWN).map(shown)
  const more = list.length - names.length
  const all = `${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
  return `${list.length === 1 ? 'event' : 'events'} ${all}`
}

/** Numbers as they are, other data in quotes. */
function shown(data: string): string {
  const text = data.length > 40 ? `${data.slice(0, 40)}…` : data
  return /^\d+$/.test(text) ? text : JSON.stringify(text)
}
