import { readdirSync, writeFileSync } from 'node:fs'

import { describe, expect, it } from 'vitest'

import { fixturePath, readFixture } from '../../fixtures/read-fixture.ts'
import { ProxyError } from '../errors.ts'
import { parseConfig, readConfig } from './read-config.ts'

const namesIn = (folder: string) =>
  readdirSync(fixturePath(folder))
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => file.slice(0, -'.yaml'.length))

function complaintAbout(text: string, name = 'file.yaml'): string {
  try {
    parseConfig(text, name, {})
  } catch (error) {
    if (error instanceof ProxyError && error.code === 'bad-config') return `${error.message}\n`
    throw error
  }
  return 'no complaint\n'
}

const good = (name: string, environment = {}) =>
  parseConfig(readFixture(`config/good/${name}.yaml`).toString(), `${name}.yaml`, environment)

describe('parseConfig', () => {
  it.each(namesIn('config/bad'))(
    'parseConfig lists every mistake of the file %s with its place',
    (name) => {
      const path = `config/bad/${name}.expected.txt`
      const complaint = complaintAbout(
        readFixture(`config/bad/${name}.yaml`).toString(),
        `${name}.yaml`,
      )
      if (process.env['UPDATE_GOLDEN'] === 'yes') writeFileSync(fixturePath(path), complaint)
      expect(complaint).toBe(readFixture(path).toString())
    },
  )

  it('parseConfig never repeats a secret of a bad file', () => {
    for (const name of namesIn('config/bad')) {
      const complaint = complaintAbout(readFixture(`config/bad/${name}.yaml`).toString())
      expect(complaint).not.toMatch(/secret/)
    }
  })

  it('parseConfig names a file that does not exist', () => {
    expect(() => readConfig('/no/such/file.yaml', {})).toThrow(/ENOENT.*\/no\/such\/file\.yaml/)
  })
})

describe('parseConfig', () => {
  it('parseConfig accepts the file of the installer unchanged', () => {
    const config = good('installer')
    expect(config.applicationConnectors).toMatchObject([{ host: '127.0.0.1', port: 9080 }])
    expect(config.adminConnectors).toMatchObject([{ host: '127.0.0.1', port: 7090 }])
    expect(config.backEnds.map(({ uri }) => uri.port)).toEqual(['8080', '8081'])
    expect(config.backEnds[0]?.credentials).toEqual({
      username: 'sse-proxy-user',
      password: '0123',
    })
    expect(config.cors).toMatchObject({
      allowedOrigins: ['*'],
      allowedMethods: ['GET', 'POST', 'HEAD'],
      preflightMaxAge: 1800,
      allowCredentials: true,
      exposedHeaders: [],
    })
    expect(config.logLevel).toBe('info')
  })

  it("parseConfig accepts the framework's keys and lists them in one warning", () => {
    const config = good('everything')
    expect(config.applicationConnectors).toMatchObject([
      { host: '0.0.0.0', port: 9080, idleMs: 300_000 },
    ])
    expect(config.backEnds[0]?.httpHeaders).toEqual({ Host: 'newsroom.example.org' })
    expect(config.logLevel).toBe('debug')
    expect(config.warnings).toHaveLength(1)
    expect(config.warnings[0]).not.toContain('idleTimeout')
    expect(config.warnings[0]).toContain('server.shutdownGracePeriod')
  })

  it('parseConfig replaces variables with values of the environment', () => {
    const config = good('everything', { SSE_PORT: '1234', CS_USER: 'somebody', CS_PASSWORD: '0' })
    expect(config.applicationConnectors[0]?.port).toBe(1234)
    expect(config.backEnds[0]?.credentials).toEqual({ username: 'somebody', password: '0' })
  })
})

describe('parseConfig', () => {
  it.each(['a\\r\\nb', 'a\\nb', 'a\\0b', 'a\\rb'])(
    'parseConfig refuses a header value with %s',
    (value) => {
      const headers = `{X: "${value}"}`
      expect(complaintAbout(`backends: [{uri: "http://a/", httpHeaders: ${headers}}]`)).toContain(
        'httpHeaders.X',
      )
    },
  )
})
