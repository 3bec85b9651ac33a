import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { spawnProxy } from '../testing/spawn-proxy.ts'
import { temporaryFolder } from '../testing/temporary-folder.ts'
import { readFlagDefinition } from './flag-definition.ts'
import { readConfig } from './read-config.ts'

const FILE = `
server:
  applicationConnectors: [{type: http, port: 1}]
backends: [{uri: "http://a/", credentials: {username: u, password: "\${DW_PASSWORD}"}}]
logging: {loggers: {com.escenic.sse.proxy: INFO}}
`

/** The configuration of the file with these definitions and variables. */
async function configOf(flags: readonly string[], environment: Record<string, string> = {}) {
  await using folder = temporaryFolder('definitions-')
  const path = join(folder.path, 'file.yaml')
  writeFileSync(path, FILE)
  const definitions = flags.map(readFlagDefinition)
  return readConfig(path, { DW_PASSWORD: 'p', ...environment }, definitions)
}

describe('a definition', () => {
  it('a definition -Ddw.KEY=VALUE sets a key that the file has, and one that it does not have', async () => {
    const config = await configOf([
      '-Ddw.server.applicationConnectors[0].port=2',
      '-Ddw.server.applicationConnectors[1].port=3',
      '-Ddw.proxy.heartbeatMs=20 seconds',
      '-Ddw.backends[0].httpHeaders.Host=b.example',
      '-Ddw.logging.loggers.com\\.escenic\\.sse\\.proxy=ERROR',
    ])
    expect(config.applicationConnectors.map(({ port }) => port)).toEqual([2, 3])
    expect(config.settings.heartbeatMs).toBe(20_000)
    expect(config.backEnds[0]?.httpHeaders).toEqual({ Host: 'b.example' })
    expect(config.logLevel).toBe('error')
  })

  it('a definition DW_KEY in the environment sets a key in any letter case, and -Ddw.KEY overrides it', async () => {
    const variables = {
      DW_SERVER_APPLICATIONCONNECTORS_0_PORT: '4',
      dw_proxy_workers: '9',
      DW_proxy_heartbeatMs: '7s',
      DW_BACKENDS_0_CREDENTIALS_PASSWORD: 'other',
      DW_BACKENDS_0_HTTPHEADERS_X_Name: 'value',
      DW_LOGGING_LEVEL: 'warn',
    }
    const config = await configOf(['-Ddw.proxy.heartbeatMs=8s'], variables)
    expect(config.applicationConnectors[0]?.port).toBe(4)
    expect(config.settings.heartbeatMs).toBe(8000)
    expect(config.settings.workers).toBe('auto')
    expect(config.backEnds[0]).toMatchObject({
      credentials: { password: 'other' },
      httpHeaders: { X_Name: 'value' },
    })
  })

  it('a variable DW_… that names no key gets a warning, unless the file uses it', async () => {
    const { warnings } = await configOf([], { DW_SERVICE_HOST: '10.0.0.1', DW_PROXY_WORKRES: '2' })
    expect(warnings).toEqual([
      'the environment variable DW_SERVICE_HOST names no key of the file and has no effect',
      'the environment variable DW_PROXY_WORKRES names no key of the file and has no effect; did you mean DW_PROXY_WORKERS?',
    ])
  })

  it.each([
    [
      '-Ddw.proxy.workers=many',
      /^ {2}-Ddw\.proxy\.workers {2}proxy\.workers: expected .*got "many"$/m,
    ],
    [
      '-Ddw.proxy.wrokers=2',
      /^ {2}-Ddw\.proxy\.wrokers {2}proxy\.wrokers is not a known key; did you mean workers\?/m,
    ],
    ['-Ddw.wrong.key=2', /^ {2}-Ddw\.wrong\.key {2}wrong is not a known key/m],
    [
      '-Ddw.backends[1].credentials.password=p',
      /^ {2}-Ddw\.backends\[1\]\.credentials\.password {2}backends\[1\]\.uri is missing/m,
    ],
    [
      '-Ddw.server.applicationConnectors[0].supportedProtocols=TLSv9',
      /^ {2}-Ddw\.server\.applicationConnectors\[0\]\.supportedProtocols {2}/m,
    ],
    [
      '-Ddw.server.applicationConnectors[5].port=2',
      /-Ddw\.server\.applicationConnectors\[5\]\.port {2}server\.applicationConnectors has no item 5: expected at most \d, which adds one/,
    ],
    ['-Ddw.logging.loggers.com\\.escenic\\.sse\\.proxy.a.b=1', /is not within a block of the file/],
    ['-Ddw.proxy=1', /-Ddw\.proxy {2}proxy: expected /],
  ])('the definition %s is a mistake that names it', async (flag, sentence) => {
    await expect(configOf([flag])).rejects.toThrow(sentence)
  })

  it('a mistake in a variable DW_… does not repeat its value', async () => {
    const failed = configOf([], { DW_PROXY_WORKERS: 'topsecret' })
    await expect(failed).rejects.toThrow(/DW_PROXY_WORKERS {2}proxy\.workers: expected [^"]*$/)
  })

  it('sse-proxy check uses -Ddw.KEY=VALUE and DW_KEY', async () => {
    await using checked = spawnProxy(['check', 'FILE', '-Ddw.proxy.stallMs=1'], {
      file: FILE,
      environment: { DW_PASSWORD: 'p', DW_PROXY_HEADMS: '2' },
    })
    expect(await checked.exited).toBe(2)
    expect(checked.stderr).toMatch(
      /-Ddw\.proxy\.stallMs {2}.*\n {2}DW_PROXY_HEADMS {2}proxy\.headMs: /,
    )
  })
})
