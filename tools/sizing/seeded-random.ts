const MODULUS = 2 ** 31 - 1

/** Numbers from 0 to 1, below 1, the same for the same seed above 0 (Park and Miller's MINSTD). */
export function seededRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 48_271) % MODULUS
    return state / MODULUS
  }
}
