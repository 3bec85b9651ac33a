import { readFileSync } from 'node:fs'

import type { z } from 'zod'

import { ConformanceError } from '../../errors.ts'
import { reportSchema } from '../../report/machine/report-schema.ts'

/** A check whose verdict is not the same in every run. */
export interface Difference {
  readonly check: string
  /** The verdict of each run, in the order of the files. */
  readonly verdicts: readonly string[]
}

const resultsSchema = reportSchema.pick({ results: true })

type Report = Pick<z.infer<typeof reportSchema>, 'results'>

/** Compares JSON reports of the suite, verdict by verdict. */
export function differencesBetween(reports: readonly Report[]): readonly Difference[] {
  const runs = reports.map(
    ({ results }) => new Map(results.map(({ id, verdict }) => [id, verdict])),
  )
  const ids = new Set(runs.flatMap((run) => [...run.keys()]))
  return [...ids]
    .map((check) => ({ check, verdicts: runs.map((run) => run.get(check) ?? 'missing') }))
    .filter(({ verdicts }) => new Set(verdicts).size > 1)
}

/** Reads a report that `--json` has written. Throws a `usage` error for anything else. */
export function readReport(path: string): Report {
  try {
    return resultsSchema.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch (cause) {
    const expected = 'expected a report of npm run conformance -- --json'
    throw new ConformanceError('usage', `${path}: ${expected}`, { cause })
  }
}
