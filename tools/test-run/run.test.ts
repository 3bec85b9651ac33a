import { existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { execa } from 'execa'
import { describe, expect, it } from 'vitest'

import { depthOf, testEnvironment } from './depth.ts'
import { downloadEnvironment } from './download-environment.ts'
import { planOf } from './plan.ts'
import { ROTATED_FILES, rotatedIn, rotatedOut } from './rotation.ts'
import { SLOW_FILES } from './slow-first.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const VITEST = join(ROOT, 'node_modules/vitest/vitest.mjs')
const DEADLINE_MS = 60_000

async function runVitest(args: readonly string[], env: Readonly<Record<string, string>>) {
  return await execa(process.execPath, [VITEST, 'run', ...args], {
    cwd: ROOT,
    env: { ...env, NO_COLOR: '1' },
    all: true,
    reject: false,
    timeout: DEADLINE_MS,
  })
}

describe('the depth of a test run', () => {
  it('a test run has full depth only in the mode of npm run test:full', () => {
    expect(['full', 'test', 'production'].map(depthOf)).toEqual(['full', 'short', 'short'])
  })

  it('a full test run has more fuzz cases and model runs than a short one', () => {
    const [short, full] = (['short', 'full'] as const).map((depth) => testEnvironment(depth, {}))
    for (const name of ['FUZZ_CASES', 'MODEL_RUNS']) {
      expect(Number(full?.[name])).toBeGreaterThan(Number(short?.[name]))
    }
  })

  it('a test run keeps TEST_SEED and MODEL_RUNS from the environment', () => {
    const given = { TEST_SEED: '7', MODEL_RUNS: '200' }
    expect(testEnvironment('short', given)).toMatchObject(given)
  })

  it('a program that a test starts does not get the extra certificates of the user', () => {
    expect(process.env['NODE_EXTRA_CA_CERTS']).toBe('')
  })

  it('a program that downloads for a test gets the extra certificates of the user', () => {
    const given = { NODE_EXTRA_CA_CERTS: '/etc/company.pem' }
    expect(downloadEnvironment(testEnvironment('short', given))).toEqual(given)
    expect(downloadEnvironment(testEnvironment('short', {}))).toEqual({ NODE_EXTRA_CA_CERTS: '' })
  })

  it.each(['x', '', '-1', '2147483648'])('a test run refuses TEST_SEED=%s', (seed) => {
    expect(() => testEnvironment('short', { TEST_SEED: seed })).toThrow(
      `TEST_SEED: expected a whole number below 2147483648, got "${seed}"`,
    )
  })

  it('a test run without TEST_SEED chooses a random seed', () => {
    const seeds = Array.from({ length: 20 }, () => testEnvironment('short', {})['TEST_SEED'])
    expect(new Set(seeds).size).toBeGreaterThan(1)
  })
})

describe('a test run', () => {
  it('the slow files that a test run starts first exist', () => {
    for (const file of SLOW_FILES) expect(existsSync(join(ROOT, file)), file).toBe(true)
  })

  it('the files that short test runs take in turn exist, and each is in one group', () => {
    const files = ROTATED_FILES.flat()
    expect(new Set(files).size).toBe(files.length)
    for (const file of files) expect(existsSync(join(ROOT, file)), file).toBe(true)
  })

  it('short test runs with successive seeds take every group of long tests once', () => {
    const groups = ROTATED_FILES.map((_, seed) => rotatedIn(String(2 ** 30 + seed)))
    expect(new Set(groups).size).toBe(ROTATED_FILES.length)
    expect(groups.flat().toSorted()).toEqual(ROTATED_FILES.flat().toSorted())
  })

  it('a short test run leaves out the other groups of long tests, and prints its own', () => {
    const files = [...rotatedIn('7'), ...rotatedOut('7')]
    expect(files.toSorted()).toEqual(ROTATED_FILES.flat().toSorted())
    const plan = planOf('short', testEnvironment('short', { TEST_SEED: '7' }))
    for (const file of rotatedIn('7')) expect(plan).toContain(file)
    for (const file of rotatedOut('7')) expect(plan).not.toContain(file)
  })

  it('a test run first prints what it will do, how long it takes, and how to repeat it', () => {
    const plan = planOf('short', testEnvironment('short', { TEST_SEED: '7' }))
    expect(plan).toContain('npm test: 2 to 3 minutes on two quiet cores')
    expect(plan).toContain('TEST_SEED=7 npm test')
  })

  it(
    'a test run prints at its end what to install for skipped tests',
    { timeout: 2 * DEADLINE_MS },
    async () => {
      const args = ['mock-server/transcripts.test.ts']
      const programs = mkdtempSync(join(tmpdir(), 'programs-'))
      symlinkSync(process.execPath, join(programs, 'node'))
      const { all, exitCode } = await runVitest(args, { PATH: programs, TEST_SEED: '7' })
      rmSync(programs, { recursive: true })
      expect([exitCode, all]).toEqual([0, expect.stringContaining('TEST_SEED=7 repeats them')])
      expect(all).toMatch(/\d+ tests skipped: needs curl: apt-get install curl\n?/)
    },
  )
})
