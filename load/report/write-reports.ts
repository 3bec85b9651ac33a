import { constants } from 'node:fs'
import { access, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { LoadError } from '../errors.ts'

import { htmlReport } from './html/html-report.ts'
import { junitReport } from './junit.ts'
import { makeFolder } from './make-folder.ts'
import type { Outcome } from './outcome.ts'

/** Throws `usage` when reports cannot be written there, before a run that would be for nothing. */
export async function createReportFolder(directory: string): Promise<void> {
  try {
    await makeFolder(directory)
    await access(directory, constants.W_OK | constants.X_OK)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new LoadError('usage', `--report: expected a folder that can be written: ${reason}`, {
      cause: error,
    })
  }
}

/**
 * Writes `SCENARIO.json`, `.html` and `.junit.xml`, replacing those of the previous run. Returns
 * their paths.
 */
export async function writeReports(
  outcome: Outcome,
  directory: string,
): Promise<readonly string[]> {
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
