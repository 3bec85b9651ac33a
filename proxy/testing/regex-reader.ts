import * as fc from 'fast-check'

import { type ForeignReader, PUMPS } from './time-growth.ts'

/** A short test run tries fewer. */
const SAMPLES = Number(process.env['REGEX_SAMPLES'] ?? 8)
const LONGEST_SAMPLE = 24

/**
 * A reader that only searches for this pattern. Its inputs match the pattern, with a part repeated
 * at each position and then corrupted. On such inputs a pattern with several ways to match tries
 * them all.
 */
export function regexReader(name: string, pattern: RegExp): ForeignReader {
  const samples = fc
    .sample(fc.stringMatching(samplable(pattern)), { numRuns: SAMPLES, seed: 1 })
    .map((sample) => sample.slice(0, LONGEST_SAMPLE))
  const contexts = samples.flatMap((sample) =>
    Array.from({ length: sample.length + 1 }, (_, index) => sample.slice(0, index)).flatMap(
      (before) => [
        [before, '\u0001'] as const,
        [before, `${sample.slice(before.length)}\u0001`] as const,
      ],
    ),
  )
  const ownPumps = samples.flatMap((sample) => sample.slice(0, 6).split(''))
  return {
    name,
    read: (text) => {
      pattern.lastIndex = 0
      // Like `replaceAll`: all matches, not only the first.
      while (pattern.exec(text) !== null && pattern.global) continue
    },
    contexts: unique(contexts),
    pumps: [...new Set([...PUMPS, ...ownPumps])],
  }
}

/**
 * Samples have no word boundaries and Unicode properties, and no flags that do not affect the text
 * of a match.
 */
function samplable(pattern: RegExp): RegExp {
  const flags = pattern.flags.replaceAll(/[giy]/g, '')
  const source = pattern.source.replaceAll(String.raw`\b`, '').replaceAll(/\\p\{\w+\}/g, ' ')
  return new RegExp(source, flags)
}

function unique(
  contexts: ReadonlyArray<readonly [string, string]>,
): ReadonlyArray<readonly [string, string]> {
  return [...new Map(contexts.map((context) => [context.join('\0'), context])).values()]
}
