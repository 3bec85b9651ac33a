import { CATALOGUE } from '../../checks/catalogue.ts'
import type { Verdict } from '../../runner/outcome/verdict.ts'
import { buildKillMatrix, type MatrixSubject } from './kill-matrix.ts'

/** The verdict of one check on one target. `holdMs`: how long it waits for an expected event. */
export async function verdictOn(
  subject: MatrixSubject,
  id: string,
  holdMs = 150,
): Promise<Verdict | undefined> {
  const [column] = await buildKillMatrix({
    checks: CATALOGUE.filter((check) => check.id === id),
    subjects: [subject],
    holdMs,
    full: true,
    concurrency: 1,
  })
  return column?.verdicts.get(id)
}
