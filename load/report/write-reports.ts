import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { htmlReport } from './html/html-report.ts'
import { junitReport } from './junit.ts'
import type { Outcome } from './outcome.ts'

/**
 * Writes `SCENARIO.json`, `.html` and `.junit.xml`, replacing those of the previous run. Returns
 * their paths.
 */
export async function writeReports(
  outcome: Outcome,
  directory: string,
): Promise<readonly string[]> {
  await mkdir(directory, { recursive: true })
  const files = {
    json: `${JSON.stringify(outcome, null, 2)}\n`,
    html: htmlReport(outcome),
    'junit.xml': junitReport(outcome),
  }
  return Promise.all(
    Object.entries(files).map(async ([extension, text]) => {
      const path = join(directory, `${outcome.scenario}.${extension}`)
      await writeFile(path, text)
      return path
    }),
  )
}
