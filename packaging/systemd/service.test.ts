import { existsSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

import { execa } from 'execa'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'

import { startCommandOf, valuesOf } from './unit-file.ts'

const UNIT = fileURLToPath(new URL('sse-proxy.service', import.meta.url))
const unit = readFileSync(UNIT, 'utf8')

/** Exposure from 0 (none) to 10, as `systemd-analyze security` counts it; below 2 it says OK. */
const MOST_EXPOSURE = 1.5

const hasAnalyze = existsSync('/usr/bin/systemd-analyze')

/** The lines of a unit without comments. */
function settingsIn(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
}

describe('packaging/systemd', () => {
  const title = `sse-proxy.service has an exposure of at most ${MOST_EXPOSURE} of 10`
  it.skipIf(!hasAnalyze)(`${title} (skipped without systemd-analyze)`, async () => {
    const { stdout } = await execa('systemd-analyze', ['security', '--offline=true', UNIT])
    const [, exposure] = /exposure level for sse-proxy\.service: ([\d.]+)/.exec(stdout) ?? []
    expect(Number(exposure)).toBeLessThanOrEqual(MOST_EXPOSURE)
  })

  it('sse-proxy.service starts the installed program with the installed configuration', () => {
    expect(startCommandOf(unit)).toEqual([
      '/usr/bin/sse-proxy',
      'server',
      '/etc/sse-proxy/sse-proxy.yaml',
    ])
  })

  it('sse-proxy@.service is sse-proxy.service with the socket, an environment and a pid file of its own', () => {
    const template = readFileSync(new URL('sse-proxy@.service', import.meta.url), 'utf8')
    const pidFile = '/run/sse-proxy/sse-proxy.pid'
    const own = [
      'Description=SSE proxy %i for change logs of a Content Store',
      'Sockets=sse-proxy.socket',
      'EnvironmentFile=-/etc/default/sse-proxy-%i',
      'Environment=SSE_PROXY_PID_FILE=/run/sse-proxy/sse-proxy-%i.pid',
      'PIDFile=/run/sse-proxy/sse-proxy-%i.pid',
    ]
    const shared = settingsIn(template).filter((line) => !own.includes(line))
    expect(settingsIn(template).length - shared.length).toBe(own.length)
    expect(shared).toEqual(
      settingsIn(unit).filter(
        (line) => !line.startsWith('Description=') && !line.endsWith(`=${pidFile}`),
      ),
    )
  })

  it('sse-proxy.service reads the pid file that the program writes in its own folder', () => {
    const [pidFile = ''] = valuesOf(unit, 'PIDFile')
    expect(valuesOf(unit, 'Environment')).toContain(`SSE_PROXY_PID_FILE=${pidFile}`)
    expect(dirname(pidFile)).toBe(`/run/${valuesOf(unit, 'RuntimeDirectory')[0]}`)
  })

  it('sse-proxy.service checks the configuration before it is reloaded', () => {
    expect(valuesOf(unit, 'ExecReload')).toEqual([
      '/usr/bin/sse-proxy check ${CONFIG_FILE}',
      '/bin/kill -HUP $MAINPID',
    ])
  })

  it('sse-proxy.socket opens the port of the installed configuration', () => {
    const socket = readFileSync(new URL('sse-proxy.socket', import.meta.url), 'utf8')
    const text = readFileSync(new URL('../debian/sse-proxy.yaml', import.meta.url), 'utf8')
    const { server } = z
      .object({
        server: z.object({
          applicationConnectors: z.array(z.object({ port: z.number(), bindHost: z.string() })),
        }),
      })
      .parse(parse(text))
    expect(valuesOf(socket, 'ListenStream')).toEqual(
      server.applicationConnectors.map(({ bindHost, port }) => `${bindHost}:${port}`),
    )
  })

  it('sse-proxy.service does not restart a proxy whose configuration is wrong', () => {
    expect(valuesOf(unit, 'RestartPreventExitStatus')).toEqual(['2'])
  })

  it('sse-proxy.service allows the open files that 28,000 clients need', () => {
    expect(Number(valuesOf(unit, 'LimitNOFILE')[0])).toBeGreaterThan(28_000 + 256)
  })
})
