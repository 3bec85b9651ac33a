import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { spawnProxy } from '../testing/spawn-proxy.ts'
import { temporaryFolder } from '../testing/temporary-folder.ts'
import { DROPWIZARD_KEYS } from './dropwizard-keys.ts'
import { isUsable, migrationJson, migrationText } from './migration-text.ts'
import { migrate } from './migration.ts'
import { parseConfig } from './read-config.ts'

const FILE = `
server:
  maxThreads: 1024
  gzip: {enabled: false}
  requestLog: {type: classic, appenders: [{type: console, queueSize: 256}]}
  applicationConnectors:
    - type: http
      port : 9080
      acceptorThreads: 2
backends:
  - uri: http://store.example/sse?key=topsecret
    credentials: {username: reader, password: topsecret}
    httpHeaders: {X-topsecret: topsecret}
logging:
  loggers: {io.dropwizard: INFO, com.escenic.sse: DEBUG}
metrics: {frequency: 1 minute}
`

/** What becomes of each key, as `outcome key`. */
function outcomesOf(text: string, environment = {}): readonly string[] {
  return migrate(text, environment).keys.map(({ outcome, key }) => `${outcome} ${key}`)
}

describe('migrate', () => {
  it('migrate says for each key of a file, in its order, what becomes of it', () => {
    const { keys, isReadable } = migrate(FILE, {})
    expect(isReadable).toBe(true)
    expect(outcomesOf(FILE)).toEqual([
      'no-effect server.maxThreads',
      'no-effect server.gzip',
      'no-effect server.requestLog.type',
      'works server.requestLog.appenders[0].type',
      'no-effect server.requestLog.appenders[0].queueSize',
      'works server.applicationConnectors[0].type',
      'works server.applicationConnectors[0].port',
      'no-effect server.applicationConnectors[0].acceptorThreads',
      'works backends[0].uri',
      'works backends[0].credentials.username',
      'works backends[0].credentials.password',
      'works backends[0].httpHeaders',
      'no-effect logging.loggers.io.dropwizard',
      'works logging.loggers.com.escenic.sse',
      'no-effect metrics',
      'check server.applicationConnectors[0].bindHost',
      'check server.adminConnectors',
      'check logging.appenders',
    ])
    expect(keys.slice(0, 2).map(({ line }) => line)).toEqual([3, 4])
    for (const { text } of keys) expect(text).toMatch(/^[A-Z][^]*\.$/)
  })

  it('migrate names the keys that must be changed, and the others all the same', () => {
    const wrong = FILE.replace('maxThreads: 1024', 'type: simpel\n  requestLgo: 1')
    expect(outcomesOf(wrong).slice(0, 3)).toEqual([
      'change server.type',
      'change server.requestLgo',
      'no-effect server.gzip',
    ])
    const text = migrationText('a.yaml', migrate(wrong, {}))
    expect(text).toMatch(/^a\.yaml:4 +CHANGE +server\.requestLgo: .*did you mean requestLog\?$/m)
    expect(text).toMatch(/2 must be changed/)
    expect(isUsable(migrate(wrong, {}))).toBe(false)
  })

  it('migrate knows a server of type simple', () => {
    const text = `
server:
  type: simple
  applicationContextPath: /application
  adminContextPath: /admin
  connector: {type: http, port: 8080}
backends: [{uri: "http://a/"}]
`
    expect(outcomesOf(text)).toEqual([
      'works server.type',
      'no-effect server.applicationContextPath',
      'works server.adminContextPath',
      'works server.connector.type',
      'works server.connector.port',
      'works backends[0].uri',
      'check server.connector.bindHost',
      'check proxy.admin.tasks',
      'check server.requestLog',
      'check logging.appenders',
    ])
    const both = text.replace('connector:', 'applicationConnectors: []\n  connector:')
    expect(outcomesOf(both)).toContain('change server.applicationConnectors')
  })

  it('migrate names a variable that is not set, and a file that cannot be used', () => {
    const text = `
server:
  applicationConnectors: [{type: https, port: 1, keyStorePath: /no/such/store.p12}]
  adminConnectors: [{port: "\${ADMIN_PORT}"}]
backends: [{uri: "http://a/"}]
`
    expect(outcomesOf(text)).toContain('change server.adminConnectors[0].port')
    const withPort = migrate(text, { ADMIN_PORT: '7090' }).keys
    expect(withPort.filter(({ outcome }) => outcome === 'change')).toEqual([
      {
        key: 'server.applicationConnectors[0].keyStorePath',
        line: 3,
        outcome: 'change',
        text: expect.stringContaining('/no/such/store.p12'),
      },
    ])
  })

  it('migrate agrees with check about which files can be used', () => {
    for (const text of [FILE, 'backends: []', 'backends: 1', 'x: 1', 'server: [', '', '- a']) {
      let isValid = true
      try {
        parseConfig(text, 'a.yaml', {})
      } catch {
        isValid = false
      }
      expect([text, isUsable(migrate(text, {}))]).toEqual([text, isValid])
    }
  })

  it('migrate prints no login, URL, header field or value of the environment', () => {
    const secrets = { topsecret: 'topsecret', KEY: 'topsecret' }
    const files = [
      FILE,
      FILE.replace('password: topsecret', 'password: [topsecret]'),
      FILE.replace('http://store', 'ftp://store'),
      FILE.replace('maxThreads: 1024', '${KEY}: 1\n  maxThreads: "${KEY}"\n  uid: topsecret'),
      FILE.replace('X-topsecret', '"topsecret topsecret"'),
      FILE.replace('backends:', 'backends: topsecret\nx:'),
    ]
    for (const file of files) {
      const migration = migrate(file, secrets)
      const printed = migrationText('a', migration) + migrationJson('a', migration)
      expect(printed).not.toContain('topsecret')
      expect(printed).not.toContain('store.example')
    }
  })

  it('every key of the framework without an effect has a reason', () => {
    for (const keys of Object.values(DROPWIZARD_KEYS)) {
      for (const reason of Object.values(keys)) expect(reason).toMatch(/^[A-Z].{10,}\.$/)
    }
  })

  it('sse-proxy migrate exits with 0 when the file can be used, with 1 when not, and with 2 without a file', async () => {
    await using folder = temporaryFolder('migrate-')
    const path = (name: string) => join(folder.path, name)
    writeFileSync(path('good'), FILE)
    writeFileSync(path('bad'), 'backends: [{uri: "http://a/"}]\nserverr: {}')
    await using good = spawnProxy(['migrate', path('good')])
    await using bad = spawnProxy(['migrate', path('bad'), '--json'])
    await using none = spawnProxy(['migrate', path('none')])
    expect(await good.exited).toBe(0)
    expect(good.stdout).toContain(
      `The proxy starts with this file: sse-proxy server ${path('good')}`,
    )
    expect(await bad.exited).toBe(1)
    expect(JSON.parse(bad.stdout)).toMatchObject({
      file: path('bad'),
      isReadable: true,
      counts: { works: 1, 'no-effect': 0, change: 1, check: 4 },
    })
    expect(await none.exited).toBe(2)
    expect(none.stderr).toContain('ENOENT')
  })
})
