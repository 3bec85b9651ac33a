import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect, it } from 'vitest'

import { requireWritable, writeText } from './write-text.ts'

it('a report is written into folders that do not exist, and none is written before the run', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'report-'))
  const path = join(scratch, 'reports/suite/run.xml')
  requireWritable(path)
  expect(existsSync(path)).toBe(false)
  writeText(path, 'one')
  requireWritable(path)
  expect(readFileSync(path, 'utf8')).toBe('one')
  rmSync(scratch, { recursive: true })
})

// Not even root may write into /proc/sys/kernel.
it.each([
  '/proc/none/run.xml',
  '/dev/null/run.xml',
  '/proc/sys/kernel/run.xml',
  '/proc/sys/kernel/osrelease',
  import.meta.dirname,
])('a report that cannot be written to %s is refused in one sentence', (path) => {
  expect(() => requireWritable(path)).toThrow(
    expect.objectContaining({
      code: 'usage',
      message: expect.stringMatching(/^cannot write [^\n]+$/),
    }),
  )
})
