import { configDefaults, defineConfig } from 'vitest/config'

import { depthOf, testEnvironment } from './tools/test-run/depth.ts'
import { planOf } from './tools/test-run/plan.ts'
import { rotatedOut } from './tools/test-run/rotation.ts'
import { RunReporter } from './tools/test-run/run-reporter.ts'
import { SlowFirst } from './tools/test-run/slow-first.ts'

/** Whether the command line chooses some of the tests. */
const isPart = process.argv.slice(2).some((arg) => !['run', '--mode', 'full'].includes(arg))
/**
 * A run of many files starts its processes once for all folders, and compiles the programs once. For
 * a few files the compiler takes longer than it saves.
 */
const hasManyFiles = !isPart || isOn('MANY_FILES')
/** With TARGET only that target is judged. */
const isSuiteOnly = process.env['TARGET'] !== undefined

// Bounds for tests that hang, not measures of speed: a test on a busy machine has to reach none of them. What waits for
// a condition gives up first, because its message says for what it waited.
const TEST_MS = 120_000
const POLL_MS = 20_000
/**
 * They add and remove network interfaces, and Chromium gives up all requests of all pages when one
 * comes or goes. So they run after the tests in a browser.
 */
const NETWORK_TESTS = [
  'proxy/process/vanished-clients.test.ts',
  'proxy/row/row-of-machines.test.ts',
]

/** `npm test -- --project proxy` runs the tests of one of these. */
const FOLDERS = [
  ['conformance', ['conformance']],
  ['proxy', ['proxy']],
  ['load', ['load']],
  ['mock-server', ['mock-server']],
  ['repository', ['tools', 'fixtures', 'packaging']],
] as const

/** Throws for another value than `on`. */
function isOn(name: string): boolean {
  const value = process.env[name]
  if (value !== undefined && value !== 'on')
    throw new Error(`${name}: expected on, or no value at all, got ${JSON.stringify(value)}`)
  return value === 'on'
}

function testsOf(folders: readonly string[]): readonly string[] {
  return folders.map((folder) => `${folder}/**/*.test.ts`)
}

export default defineConfig(({ mode }) => {
  const depth = depthOf(mode)
  const env = testEnvironment(depth, process.env)
  const leftOut = isPart || depth === 'full' ? [] : rotatedOut(env['TEST_SEED'] ?? '')

  /**
   * Without isolation the files of a project share a process and its modules, which saves a third of the processor time
   * of most tests. They may therefore change no global state.
   */
  const project = (name: string, include: readonly string[]) => ({
    test: {
      name,
      isolate: false,
      include: [...include],
      exclude: [
        ...configDefaults.exclude,
        ...leftOut,
        ...(name === 'network' ? [] : NETWORK_TESTS),
      ],
      sequence: { groupOrder: name === 'network' && depth === 'full' ? 1 : 0 },
      setupFiles: ['mock-server/testing/check-answers.ts'],
      env,
      testTimeout: TEST_MS,
      hookTimeout: TEST_MS,
      expect: { poll: { timeout: POLL_MS } },
    },
  })

  return {
    test: {
      // More than the two cores of a small machine: most tests wait for sockets and programs, not for the processor.
      maxWorkers: depth === 'full' ? 4 : 6,
      // Of the tests of one file that say that they may run at the same time.
      maxConcurrency: 3,
      sequence: { sequencer: SlowFirst },
      globalSetup: [
        'tools/test-run/end-leftovers.ts',
        ...(isSuiteOnly ? [] : ['tools/test-run/page.ts']),
        ...(hasManyFiles && !isSuiteOnly
          ? ['tools/test-run/compile.ts', 'tools/test-run/bundle.ts']
          : []),
      ],
      reporters: [
        'default',
        new RunReporter({
          plan: isSuiteOnly ? '' : planOf(depth, env, isPart),
          print: (text) => void process.stdout.write(text),
          isTerminal: process.stdout.isTTY,
        }),
      ],
      projects: isSuiteOnly
        ? [project('target', ['conformance/target.test.ts'])]
        : [
            project('network', NETWORK_TESTS),
            ...(hasManyFiles
              ? [project('all', testsOf(FOLDERS.flatMap(([, folders]) => folders)))]
              : FOLDERS.map(([name, folders]) => project(name, testsOf(folders)))),
          ],
    },
  }
})
