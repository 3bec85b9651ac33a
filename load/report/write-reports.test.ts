import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect, it } from 'vitest'

import { createReportFolder } from './write-reports.ts'

it('createReportFolder makes a folder and those above it, and takes one that exists', async () => {
  const scratch = await mkdtemp(join(tmpdir(), 'reports-'))
  const folder = join(scratch, 'reports/load')
  await createReportFolder(folder)
  await createReportFolder(folder)
  expect(await readdir(folder)).toEqual([])
  await rm(scratch, { recursive: true })
})

// Not even root may write into /proc/sys/kernel.
it.each([
  '/dev/null',
  '/dev/null/reports',
  '/proc/none/reports',
  '/proc/sys/kernel',
  import.meta.filename,
])('createReportFolder refuses %s in one sentence, before a run', async (path) => {
  await expect(createReportFolder(path)).rejects.toMatchObject({
    code: 'usage',
    message: expect.stringMatching(/^--report: expected a folder that can be written: [^\n]+$/),
  })
})
