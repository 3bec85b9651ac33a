import { expect, test } from 'vitest'

import type { SuiteRun } from '../../run-suite.ts'
import { judgeRelay } from './testing/broken-proxy.ts'

/** The only check of these whose client asks for compression, and others before and after it. */
const IDS = ['flush.first-event', 'flush.accept-gzip', 'flush.close-delimited', 'bytes.lf']
const CRASH = "{ console.error('reading headers\\nTypeError: no such client'); process.exit(7) }"

function notPassed({ results }: SuiteRun): readonly string[] {
  return results
    .filter(({ verdict }) => verdict.kind !== 'PASS')
    .map(({ check, verdict }) => `${verdict.kind} ${check.id}: ${verdict.reason}`)
}

test('a target that exits fails the check at work, with exit code and last output, and no other check', async () => {
  const run = await judgeRelay(`if ('accept-encoding' in request.headers) ${CRASH}`, IDS)
  expect(notPassed(run)).toEqual([
    'FAIL flush.accept-gzip: the target exited with code 7 during this check; its last output:\nreading headers\nTypeError: no such client',
  ])
})

test('a target that exits after a check is reported once, and fails no other check', async () => {
  const run = await judgeRelay(
    `if ('accept-encoding' in request.headers) response.on('close', () => ${CRASH})`,
    IDS,
  )
  expect(notPassed(run)).toHaveLength(1)
  expect(notPassed(run)[0]).toMatch(
    /^FAIL base\.stays-up: it exited with code 7 after flush\.accept-gzip[^;]*; its last output:\nreading headers\nTypeError: no such client$/,
  )
})

test('a target that exits in a gate blocks the rest, and its gate names the exit', async () => {
  const run = await judgeRelay(`if (clients === 1) ${CRASH}`, IDS)
  expect(notPassed(run)[0]).toMatch(/^FAIL base\.\w+: the target exited with code 7/)
  expect(
    notPassed(run)
      .slice(1)
      .every((line) => line.startsWith('BLOCKED')),
  ).toBe(true)
})

test('a target that exits at every third client fails the first check with three clients', async () => {
  const run = await judgeRelay(`if (clients === 3) ${CRASH}`, IDS)
  const lines = notPassed(run)
  expect(lines.filter((line) => !line.includes('exited with code 7'))).toEqual([])
  expect(lines.map((line) => line.split(':')[0])).toContain('FAIL base.calibrate')
})

test('a target that a signal ends is reported with that signal, and with a note when it printed nothing', async () => {
  const run = await judgeRelay(
    "if ('accept-encoding' in request.headers) process.kill(process.pid, 'SIGKILL')",
    IDS,
  )
  expect(notPassed(run)).toEqual([
    'FAIL flush.accept-gzip: the target exited with signal SIGKILL during this check; it printed nothing',
  ])
})
