import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'

import { z } from 'zod'

import { ConformanceError } from '../../errors.ts'
import { roundSchema } from './round.ts'

/** A round, and the settings that it depends on. */
const loggedRound = roundSchema.extend({ seed: z.int(), sample: z.int(), burners: z.int() })

export type LoggedRound = z.infer<typeof loggedRound>

/** Adds a round to a file with one JSON text per line. */
export function logRound(path: string, round: LoggedRound): void {
  mkdirSync(dirname(path), { recursive: true })
  appendFileSync(path, `${JSON.stringify(round)}\n`)
}

/** Reads the rounds of such a file. Throws a `usage` error when it is not one. */
export function readRounds(path: string): readonly LoggedRound[] {
  const lines = existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : []
  try {
    return z
      .array(loggedRound)
      .min(1)
      .parse(lines.map((line): unknown => JSON.parse(line)))
  } catch (cause) {
    const expected = `expected rounds that npm run stress -- --log ${path} has written`
    throw new ConformanceError('usage', `${path}: ${expected}`, { cause })
  }
}
