import { CATALOGUE } from '../../checks/catalogue.ts'
import type { Verdict } from '../../runner/outcome/verdict.ts'
import { buildKillMatrix, type MatrixSubject } from './kill-matrix.ts'

/** The verdict of one check on one target. */
export async function verdictOn(subject: MatrixSubject, id: string): Promise<Verdict | undefined> {
  const [column] = await buildKillMatrix({
    checks: CATALOGUE.filter((check) => check.id === id),
    subjects: [subject],
    holdMs: 150,
    full: true,
    concurrency: 1,
  })
  return column?.verdicts.get(id)
}
