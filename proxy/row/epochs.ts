/**
 * A part of the shared log that was written without an interruption of the engine. Its entries have
 * the numbers after `base`, up to the base of the next epoch. Its name is never used again, so the
 * name and a number mean the same event for ever.
 */
export interface Epoch {
  readonly name: string
  readonly base: number
}

/** The name of the epoch of this number; undefined = it is older than all of them. */
function epochAt(epochs: readonly Epoch[], number: number): string | undefined {
  return epochs.findLast(({ base }) => base < number)?.name
}

/** A log as its epochs and the number of its newest entry. */
export interface LogExtent {
  readonly epochs: readonly Epoch[]
  readonly number: number
}

/**
 * The newest number at which both logs have the same entry; 0 = there is none. An epoch has one
 * history: logs with the same epoch at one number are the same up to it.
 */
export function lastCommonNumber(one: LogExtent, other: LogExtent): number {
  let number = Math.min(one.number, other.number)
  while (number > 0) {
    const names = [one, other].map(({ epochs }) => epochAt(epochs, number))
    if (names[0] !== undefined && names[0] === names[1]) return number
    // All numbers down to the nearer base have these two epochs.
    number = Math.max(...[one, other].map(({ epochs }) => baseBelow(epochs, number)))
  }
  return 0
}

/** The epochs that have numbers above this one, or none yet. */
export function epochsAfter(epochs: readonly Epoch[], number: number): readonly Epoch[] {
  return epochs.filter((_epoch, index) => (epochs[index + 1]?.base ?? Infinity) > number)
}

/** The id of an entry for clients [protocol §5.7]. */
export function entryId(epochs: readonly Epoch[], number: number): string {
  return `${epochAt(epochs, number) ?? ''}-${number}`
}

function baseBelow(epochs: readonly Epoch[], number: number): number {
  return epochs.findLast(({ base }) => base < number)?.base ?? 0
}
