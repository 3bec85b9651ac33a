import { once } from 'node:events'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'

import { execa } from 'execa'
import { expect, it, vi } from 'vitest'

import { nodeArguments } from './process/node-arguments.ts'

const RUN = fileURLToPath(new URL('run.ts', import.meta.url))
const DEADLINE_MS = 60_000
/** Erases a line on a terminal. */
const ERASE = '\u{1b}[1G\u{1b}[2K'
const hasScript = (await execa('script', ['--version'], { reject: false })).exitCode === 0

it.skipIf(!hasScript)(
  'npm run load shows on a terminal what it does, in one line (needs script: apt-get install bsdutils)',
  async () => {
    // It never connects to the store, so the run waits for it.
    const proxy = createServer().listen(0, '127.0.0.1')
    await once(proxy, 'listening')
    const address = proxy.address()
    const url = `http://127.0.0.1:${typeof address === 'object' ? String(address?.port) : ''}/`
    const words = [process.execPath, ...nodeArguments(RUN), 'smoke', '--target', url]
    const command = words.map((word) => `'${word}'`).join(' ')
    const load = execa('script', ['-qec', command, '/dev/null'], {
      env: { NO_COLOR: '', TERM: 'xterm' },
      reject: false,
    })
    let screen = ''
    load.stdout.on('data', (chunk: Buffer) => (screen += chunk.toString()))
    const isRedrawn = (): boolean => {
      const [, ...lines] = screen.split('back end to configure').at(-1)?.split(ERASE) ?? []
      return lines.some((line) => /^… smoke: starting the servers, \d+ s$/.test(line))
    }
    await vi.waitUntil(() => screen.includes('back end to configure') && isRedrawn(), DEADLINE_MS)
    load.kill()
    await load
    proxy.close()
    // A line of the run is above the line of progress, not behind it.
    expect(screen).toMatch(/(?:^|K)back end to configure in your proxy: .*\r\n… smoke: .*, \d+ s/)
  },
)
