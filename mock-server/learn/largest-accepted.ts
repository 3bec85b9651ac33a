export interface Search {
  /** Tried first, together with the next number: so the usual limit costs two requests. */
  readonly guess: number
  readonly min: number
  readonly max: number
  readonly accepts: (number: number) => Promise<boolean>
}

/**
 * The largest accepted number, if all numbers up to a limit are accepted; undefined when `min` is
 * not.
 */
export async function largestAccepted({
  guess,
  min,
  max,
  accepts,
}: Search): Promise<number | undefined> {
  let accepted = min
  let refused = max + 1
  if (await accepts(guess)) {
    accepted = guess
    for (let next = guess + 1; accepted < max; next = Math.min(next * 2, max)) {
      if (!(await accepts(next))) {
        refused = next
        break
      }
      accepted = next
    }
  } else {
    refused = guess
    if (!(await accepts(min))) return undefined
  }
  while (refused - accepted > 1) {
    const middle = Math.floor((accepted + refused) / 2)
    if (await accepts(middle)) accepted = middle
    else refused = middle
  }
  return accepted
}
