import { once } from 'node:events'
import { createInterface } from 'node:readline'

import { execa } from 'execa'
import { expect, it } from 'vitest'

const SETUP = new URL('end-leftovers.ts', import.meta.url).href
const RUN = `
  import { spawn } from 'node:child_process'
  import { setup } from '${SETUP}'
  setup()
  const idle = ['-e', 'setInterval(() => {}, 1000)']
  const child = spawn(process.execPath, idle, { detached: true, stdio: 'ignore' })
  console.log(child.pid)
  setInterval(() => {}, 1000)`
const DEADLINE_MS = 60_000

it.skipIf(process.platform !== 'linux').each(['SIGKILL', 'SIGTERM'] as const)(
  'a program that a test has started is killed when %s ends the test run (needs Linux: /proc)',
  async (signal) => {
    const loader = import.meta.resolve('tsx')
    const run = execa(process.execPath, ['--import', loader, '--input-type=module', '-e', RUN], {
      reject: false,
      buffer: false,
    })
    const [line] = await once(createInterface({ input: run.stdout }), 'line')
    const pid = Number(line)
    expect(isRunning(pid)).toBe(true)
    run.kill(signal)
    await expect.poll(() => isRunning(pid), { timeout: DEADLINE_MS }).toBe(false)
    await run
  },
)

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
