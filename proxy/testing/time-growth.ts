/** A reader of foreign bytes, and the positions in its input where bytes can be repeated. */
export interface ForeignReader {
  readonly name: string
  readonly read: (text: string) => void
  /** Text before and after the repeated part. */
  readonly contexts: ReadonlyArray<readonly [before: string, after: string]>
  /** Repeated texts; default `PUMPS`. */
  readonly pumps?: readonly string[]
}

export interface TimeGrowth {
  /**
   * Processor time per character for long inputs over that for short ones: 1 when it is linear, 256
   * when it is quadratic.
   */
  readonly growth: number
  /** Description of the measured input. */
  readonly input: string
}

/** A wide bound: caches and garbage collection cause up to 3, the smallest defect causes 256. */
export const MOST_GROWTH = 8

/** Characters with a meaning in protocol patterns, alone and in pairs. */
export const PUMPS: readonly string[] = [
  ' ',
  '\t',
  'a',
  '0',
  ',',
  ';',
  '=',
  ':',
  '.',
  '-',
  '/',
  '&',
  '?',
  '%',
  '*',
  '\\',
  '"',
  '\u00e9',
  '\n',
  '\r\n',
  '\n\n',
  '${',
  '$$',
  'a=',
  'a,',
  'a:',
  '%ff',
  ': ',
  ':\n',
  'a\n',
  '[]',
  '//',
]

const SCREEN_LENGTH = 512
/** A linear reader needs a hundredth of this. Above it the search for other inputs ends. */
const SUSPECT_US = 20_000
const SMALLEST_LENGTH = 128
/**
 * A short test run measures shorter inputs: a quadratic reader still takes 64 times the time per
 * character.
 */
const LARGEST_LENGTH = Number(process.env['LONGEST_INPUT'] ?? 131_072)
const STEP = 4
/** Number of inputs to screen again: the slowest of the first time. */
const MOST_SCREENED_AGAIN = 30
/** Number of inputs to measure: the slowest of these. */
const MOST_INPUTS = Number(process.env['SLOWEST_INPUTS'] ?? 3)
const TRIES = 3
/**
 * Other work of the machine only adds time, so a growth is a defect only if it is measured again
 * and again.
 */
const MOST_ROUNDS = 4
const ENOUGH_US = 250
const TOO_MUCH_US = 100_000

/**
 * The largest growth over all inputs from the contexts and pumps, or the first above `MOST_GROWTH`.
 * It is the processor time of this process, the least of several runs, so that a busy machine has
 * little effect.
 */
export function timeGrowthOf({ read, contexts, pumps = PUMPS }: ForeignReader): TimeGrowth {
  const inputs = contexts.flatMap(([before, after]) =>
    pumps.map((pump) => ({
      words: `${JSON.stringify(before)} + ${JSON.stringify(pump)} × n + ${JSON.stringify(after)}`,
      ofLength: (length: number) => before + pump.repeat(Math.ceil(length / pump.length)) + after,
    })),
  )
  let worst: TimeGrowth = { growth: 0, input: '' }
  for (const input of slowestOf(inputs, read)) {
    const growth = growthOf(read, input.ofLength)
    if (growth > worst.growth) worst = { growth, input: input.words }
    // A defect is found. Further inputs would take long and would not change the verdict.
    if (growth > MOST_GROWTH) break
  }
  return worst
}

interface Input {
  readonly words: string
  readonly ofLength: (length: number) => string
}

/** The inputs to measure. A single short reading may be slow because of other work. */
function slowestOf(inputs: readonly Input[], read: (text: string) => void): readonly Input[] {
  let screened: { readonly input: Input; readonly us: number }[] = []
  for (const input of inputs) {
    const us = screen(read, input)
    screened.push({ input, us })
    if (us > SUSPECT_US) break
  }
  screened = screened.toSorted((a, b) => b.us - a.us).slice(0, MOST_SCREENED_AGAIN)
  for (let round = 0; round < TRIES; round += 1) {
    screened = screened.map(({ input, us }) => ({
      input,
      us: us > SUSPECT_US ? us : Math.min(us, screen(read, input)),
    }))
  }
  return screened
    .toSorted((a, b) => b.us - a.us)
    .slice(0, MOST_INPUTS)
    .map(({ input }) => input)
}

function growthOf(read: (text: string) => void, ofLength: (length: number) => string): number {
  let least = Number.POSITIVE_INFINITY
  let growth = 1
  for (let length = SMALLEST_LENGTH; length <= LARGEST_LENGTH; length *= STEP) {
    const text = ofLength(length)
    let us = usPerCharacter(read, text)
    for (let round = 1; round < MOST_ROUNDS && us > MOST_GROWTH * least; round += 1) {
      us = Math.min(us, usPerCharacter(read, text))
    }
    growth = Math.max(growth, us / least)
    if (growth > MOST_GROWTH) return growth
    least = Math.min(least, us)
  }
  return growth
}

function screen(read: (text: string) => void, input: Input): number {
  const text = input.ofLength(SCREEN_LENGTH)
  read(text)
  const start = process.cpuUsage()
  read(text)
  return usSince(start)
}

function usPerCharacter(read: (text: string) => void, text: string): number {
  let least = Number.POSITIVE_INFINITY
  let runs = 1
  for (let tries = 0; tries < TRIES;) {
    const start = process.cpuUsage()
    for (let run = 0; run < runs; run += 1) read(text)
    const us = usSince(start)
    if (us < ENOUGH_US) {
      runs *= 2
      continue
    }
    least = Math.min(least, us / runs / text.length)
    tries = us > TOO_MUCH_US ? TRIES : tries + 1
  }
  return least
}

function usSince(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start)
  return user + system
}
