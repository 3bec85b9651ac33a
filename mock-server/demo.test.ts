import { tmpdir } from 'node:os'

import { describe, expect, it } from 'vitest'

import { startMockContentStore } from './start.ts'
import { RunningProgram } from './testing/run-program.ts'
import { StreamReader } from './testing/stream-reader.ts'
import { until } from './testing/until.ts'

const FREE_PORTS = ['--store-port', '0', '--proxy-port', '0', '--admin-port', '0']

describe('npm start', () => {
  it('brings a change from the store through the proxy to a client, with the lines that it prints', async () => {
    await using demo = new RunningProgram('demo.ts', FREE_PORTS, { cwd: tmpdir() })
    const proxyUrl = await demo.printed(/curl -N (http:\S+)/)
    const [, postUrl = '', body = ''] = /curl -X POST (\S+) -d '([^']+)'/.exec(demo.stdout) ?? []
    const [, logUrl = ''] = /curl -u user:password (\S+)/.exec(demo.stdout) ?? []
    const [, healthUrl = ''] = /health +(\S+)/.exec(demo.stdout) ?? []
    await until(async () => (await fetch(healthUrl)).ok, 'the proxy is connected to the store')
    await using stream = await StreamReader.open(proxyUrl)
    await fetch(postUrl, { method: 'POST', body })
    await stream.until(({ data }) => data.includes(logUrl), 'the event of the changed log')

    demo.signal('SIGINT')
    expect(await demo.exited()).toBe(0)
    await until(() => stream.ended, 'the proxy is stopped as well')
  })

  it.each(['--store-port', '--proxy-port', '--admin-port'])(
    'explains that the port of %s is taken, with exit code 3',
    async (flag) => {
      await using other = await startMockContentStore()
      const args = FREE_PORTS.map((arg, index) =>
        FREE_PORTS[index - 1] === flag ? String(other.port) : arg,
      )
      await using demo = new RunningProgram('demo.ts', args)
      expect(await demo.exited()).toBe(3)
      expect(demo.stderr).toContain(flag)
      expect(demo.stderr).toContain(String(other.port))
      expect(demo.stdout).toBe('')
    },
  )

  it('lists every mistake on its command line, with exit code 2', async () => {
    await using demo = new RunningProgram('demo.ts', ['--store-port', 'x', '--port', '1', 'now'])
    expect(await demo.exited()).toBe(2)
    expect(demo.stderr.trimEnd().split('\n')).toEqual([
      'now: expected --store-port, --proxy-port, --admin-port',
      'port: expected --store-port, --proxy-port, --admin-port',
      '--store-port: expected a whole number from 0 to 65535, got "x"',
    ])
  })
})
