import { execa } from 'execa'
import { describe, expect, it, vi } from 'vitest'

import { findFreePort } from '../origin/free-port.ts'
import { nodeArguments } from './node-arguments.ts'

const DEADLINE_MS = 60_000
/** Erases a line on a terminal. */
const ERASE = '\u{1b}[1G\u{1b}[2K'
const hasScript = (await execa('script', ['--version'], { reject: false })).exitCode === 0

/** Judges an address that accepts no connections, so that the suite waits as long as it may. */
async function judgeNothing(waitSeconds: number): Promise<readonly string[]> {
  const port = String(await findFreePort())
  const front = ['--front', 'http://127.0.0.1:1', '--backends', '1', '--backend-port', port]
  const main = nodeArguments('conformance/main.ts')
  return [process.execPath, ...main, ...front, '--wait', String(waitSeconds)]
}

describe('sse-conformance', () => {
  it.skipIf(!hasScript)(
    'sse-conformance shows on a terminal how far it is, in one line (needs script: apt-get install bsdutils)',
    async () => {
      const command = (await judgeNothing(600)).map((word) => `'${word}'`)
      const suite = execa('script', ['-qec', command.join(' '), '/dev/null'], {
        env: { NO_COLOR: '', TERM: 'xterm' },
        reject: false,
      })
      let screen = ''
      suite.stdout.on('data', (chunk: Buffer) => (screen += chunk.toString()))
      await vi.waitUntil(() => screen.split(ERASE).length > 2, DEADLINE_MS)
      suite.kill()
      await suite
      const [report = '', again = ''] = screen.split(ERASE)
      expect(report).toMatch(/Waiting up to 600 s[^]*\n… 0 of \d+ checks, \d+ s$/)
      expect(again).toMatch(/^… 0 of \d+ checks, \d+ s$/)
    },
  )

  it('sse-conformance --quiet prints the failed gate and the report, without control characters', async () => {
    const [node = '', ...args] = await judgeNothing(1)
    const { stdout, stderr, exitCode } = await execa(node, [...args, '--quiet'], { reject: false })
    expect([exitCode, stderr]).toEqual([3, ''])
    expect(stdout).toMatch(/^INCONCLUSIVE +base\.reach.*nothing accepts connections/m)
    expect(stdout.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u)
  })

  it('sse-conformance keeps its exit code when the reader of its output leaves, such as head', async () => {
    const main = nodeArguments('conformance/main.ts')
    const suite = execa(process.execPath, [...main, '--list'], { buffer: false, reject: false })
    suite.stdout.destroy()
    suite.stderr.destroy()
    expect((await suite).exitCode).toBe(0)
  })
})
