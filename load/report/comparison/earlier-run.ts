import { readFile } from 'node:fs/promises'

import { z } from 'zod'

import { LoadError } from '../../errors.ts'
import { counted } from '../counted.ts'

/** The part of an outcome that a later run is compared with. */
const earlierRun = z.object({
  scenario: z.string(),
  profile: z.string(),
  isOk: z.boolean(),
  machine: z.object({ cpus: z.number(), memoryBytes: z.number(), system: z.string() }),
  spread: z.object({ streams: z.number() }),
  figures: z.array(
    z.object({
      name: z.string(),
      unit: z.enum(['ms', 'MB', 's']),
      value: z.number(),
      parts: z.array(z.number()),
    }),
  ),
})

export type EarlierRun = z.infer<typeof earlierRun>

/** What a run must share with an earlier one to be compared with it. */
export interface Comparable {
  readonly scenario: string
  readonly profile: string
  readonly streams: number
}

/** Throws `usage` unless the file is the JSON report of a run of the same kind. */
export async function readEarlierRun(
  path: string,
  { scenario, profile, streams }: Comparable,
): Promise<EarlierRun> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw refuse(`${path} cannot be read: ${error instanceof Error ? error.message : ''}`)
  })
  let run: EarlierRun
  try {
    run = earlierRun.parse(JSON.parse(text))
  } catch {
    throw refuse(`${path} is not the JSON report of a run with figures: expected SCENARIO.json`)
  }
  const [wanted, got] = [
    `${scenario}, profile ${profile}, ${counted(streams, 'stream')}`,
    `${run.scenario}, profile ${run.profile}, ${counted(run.spread.streams, 'stream')}`,
  ]
  if (wanted !== got) throw refuse(`expected a run of ${wanted}, got one of ${got}`)
  return run
}

function refuse(reason: string): LoadError {
  return new LoadError('usage', `--compare: ${reason}`)
}
