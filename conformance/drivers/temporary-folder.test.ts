import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { execa } from 'execa'
import { expect, test } from 'vitest'

import { TemporaryFolder } from './temporary-folder.ts'

const MODULE = new URL('temporary-folder.ts', import.meta.url).href
/** Ends with its input, or by a signal. */
const PROGRAM = `
  import { TemporaryFolder } from '${MODULE}'
  console.log(new TemporaryFolder('conformance-test-').path)
  process.exitCode = 3
  process.stdin.resume()`
const DEADLINE_MS = 60_000

/** Runs the program until it has made its folder, and ends it. */
async function runToEnd(how: 'end of input' | 'SIGINT' | 'SIGTERM' | 'SIGHUP') {
  const args = ['--import', import.meta.resolve('tsx'), '--input-type=module', '-e', PROGRAM]
  const program = execa(process.execPath, args, { reject: false, timeout: DEADLINE_MS })
  let folder = ''
  for await (const line of program) {
    folder = line
    expect(existsSync(folder)).toBe(true)
    if (how === 'end of input') program.stdin.end()
    else program.kill(how)
  }
  const { exitCode, signal } = await program
  return { folder, exitCode, signal }
}

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  'TemporaryFolder is removed when %s ends the process',
  async (how) => {
    const { folder, signal } = await runToEnd(how)
    expect(folder).toContain('conformance-test-')
    expect(existsSync(folder)).toBe(false)
    expect(signal).toBe(how)
  },
)

test('TemporaryFolder is removed when the process exits', async () => {
  const { folder, exitCode } = await runToEnd('end of input')
  expect(folder).toContain('conformance-test-')
  expect(existsSync(folder)).toBe(false)
  expect(exitCode).toBe(3)
})

test('TemporaryFolder removes its files when it is told to', async () => {
  const folder = new TemporaryFolder('conformance-test-')
  await writeFile(join(folder.path, 'file'), 'text')
  folder.remove()
  expect(existsSync(folder.path)).toBe(false)
})
