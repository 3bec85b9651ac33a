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

describe('a bad file', () => {
  it.each(namesIn('config/bad'))('is refused with every mistake at its place: %s', (name) => {
    const path = `config/bad/${name}.expected.txt`
    const complaint = complaintAbout(
      readFixture(`config/bad/${name}.yaml`).toString(),
      `${name}.yaml`,
    )
    if (process.env['UPDATE_GOLDEN'] === 'yes') writeFileSync(fixturePath(path), complaint)
    expect(complaint).toBe(readFixture(path).toString())
  })

  it('never has its secrets repeated', () => {
    for (const name of namesIn('config/bad')) {
      const complaint = complaintAbout(readFixture(`config/bad/${name}.yaml`).toString())
      expect(complaint).not.toMatch(/secret/)
    }
  })

  it('that does not exist is refused with its name', () => {
    expect(() => readConfig('/no/such/file.yaml', {})).toThrow(/ENOENT.*\/no\/such\/file\.yaml/)
  })
})

describe("an installer's file", () => {
  it('is accepted as it is', () => {
    const config = good('installer')
    expect(config.applicationConnectors).toEqual([{ host: '127.0.0.1', port: 9080 }])
    expect(config.adminConnectors).toEqual([{ host: '127.0.0.1', port: 7090 }])
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

  it("may have the framework's keys, which are named in one warning", () => {
    const config = good('everything')
    expect(config.applicationConnectors).toEqual([{ host: '0.0.0.0', port: 9080 }])
    expect(config.backEnds[0]?.httpHeaders).toEqual({ Host: 'newsroom.example.org' })
    expect(config.logLevel).toBe('debug')
    expect(config.warnings).toHaveLength(1)
    expect(config.warnings[0]).toContain('connector idleTimeout')
    expect(config.warnings[0]).toContain('server.shutdownGracePeriod')
  })

  it('takes its variables from the environment', () => {
    const config = good('everything', { SSE_PORT: '1234', CS_USER: 'somebody', CS_PASSWORD: '0' })
    expect(config.applicationConnectors[0]?.port).toBe(1234)
    expect(config.backEnds[0]?.credentials).toEqual({ username: 'somebody', password: '0' })
  })
})

describe('a header that a file adds', () => {
  it.each(['a\\r\\nb', 'a\\nb', 'a\\0b', 'a\\rb'])('cannot carry %s into a request', (value) => {
    const headers = `{X: "${value}"}`
    expect(complaintAbout(`backends: [{uri: "http://a/", httpHeaders: ${headers}}]`)).toContain(
      'httpHeaders.X',
    )
  })
})
