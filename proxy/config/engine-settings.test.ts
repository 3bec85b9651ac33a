import { describe, expect, it } from 'vitest'

import { ProxyError } from '../errors.ts'
import { parseConfig } from './read-config.ts'

const SECRET = 'hunter2'
const ENGINE = 'url: "redis://redis.internal:6379", name: newsroom'
const SENTINELS =
  'name: newsroom, sentinels: {primary: main, addresses: ["a:26379", "[::1]:26380"]}'
const file = (engine: string, rest = '') =>
  `backends: [{uri: "http://a/"}]\nproxy: {engine: {${engine}}${rest}}`
const read = (text: string) => parseConfig(text, 'file.yaml', {})

function complaintAbout(text: string): string {
  try {
    read(text)
    return ''
  } catch (error) {
    if (!(error instanceof ProxyError)) throw error
    return error.message
  }
}

describe('proxy.engine', () => {
  it('proxy.engine has a URL and a name, and defaults for the rest', () => {
    const { engine } = read(file(ENGINE))
    expect(engine?.url?.href).toBe('redis://redis.internal:6379')
    const rest = { name: 'newsroom', leaseMs: 10_000, whenAway: 'own-connection' }
    expect(engine).toMatchObject({ ...rest, maxFrames: 100_000, maxAgeMs: 3_600_000 })
    expect(read('backends: [{uri: "http://a/"}]').engine).toBeUndefined()
  })

  it('proxy.engine has sentinels instead of a URL', () => {
    const { engine } = read(file(SENTINELS))
    expect(engine?.url).toBeUndefined()
    expect(engine?.sentinels).toEqual({
      primary: 'main',
      addresses: [
        { host: 'a', port: 26_379 },
        { host: '::1', port: 26_380 },
      ],
    })
  })

  it.each([
    ['no name', file('url: "redis://a"'), /engine\.name is missing/],
    ['a name with a space', file('url: "redis://a", name: "a b"'), /engine\.name: .* letters/],
    ['a URL of the web', file('url: "http://a", name: a'), /engine\.url: .* redis:\/\//],
    ['a URL without a host', file('url: "redis:a", name: a'), /engine\.url: .* redis:\/\//],
    ['a URL with a path', file('url: "redis://a/b", name: a'), /engine\.url: .* database/],
    [
      'neither a URL nor sentinels',
      file('name: a'),
      /engine\.url is missing: expected either a URL or sentinels/,
    ],
    ['a URL and sentinels', file(`url: "redis://a", ${SENTINELS}`), /engine\.url: .* either a URL/],
    ['no sentinel', file('name: a, sentinels: {primary: a, addresses: []}'), /at least one/],
    [
      'a sentinel without a port',
      file('name: a, sentinels: {primary: a, addresses: ["a"]}'),
      /addresses\S+ .*HOST:PORT/,
    ],
    [
      'a sentinel with the port 0',
      file('name: a, sentinels: {primary: a, addresses: ["a:0"]}'),
      /addresses\S+ .*HOST:PORT/,
    ],
    [
      'a name of the primary with a line end',
      file('name: a, sentinels: {primary: "a\\nb", addresses: ["a:1"]}'),
      /sentinels\.primary: .* letters/,
    ],
    ['a lease of 10 ms', file(`${ENGINE}, leaseMs: 10`), /engine\.leaseMs: .* got "10"/],
    ['an age of 10 ms', file(`${ENGINE}, maxAgeMs: 10`), /engine\.maxAgeMs: .* got "10"/],
    ['TLS for a URL without it', file(`${ENGINE}, tls: {}`), /engine\.tls: .* no TLS/],
    [
      'a trust store that is missing',
      file(`url: "rediss://a", name: a, tls: {trustStorePath: /x}`),
      /trustStorePath/,
    ],
    ['ids of back ends', file(ENGINE, ', replay: {ids: upstream}'), /replay\.ids: .* share ids/],
    ['the mode changelog', file(ENGINE, ', resync: {mode: changelog}'), /resync\.mode: .* row/],
    ['a state file', file(ENGINE, ', resync: {stateFile: x}'), /resync\.stateFile: .* row/],
  ])('proxy.engine refuses %s', (_what, text, sentence) => {
    expect(complaintAbout(text)).toMatch(sentence)
  })

  it.each([
    file(`url: "redis://:${SECRET}@a:6379", name: a`),
    file(`url: "redis://${SECRET}:x y", name: a`),
    file(`${ENGINE}, credentials: {password: "${SECRET}\\n"}`),
    file(`${ENGINE}, credentials: {pasword: "${SECRET}"}`),
    file(`${ENGINE}, credentials: "${SECRET}"`),
    file(`name: a, sentinels: {primary: a, addresses: [":${SECRET}@a:26379"]}`),
    file(`${SENTINELS.slice(0, -1)}, credentials: {password: "${SECRET}\\n"}}`),
    file(`${SENTINELS.slice(0, -1)}, credentials: "${SECRET}"}`),
  ])('proxy.engine never repeats a login in a message: case %#', (text) => {
    const complaint = complaintAbout(text)
    expect(complaint).toContain('proxy.engine')
    expect(complaint).not.toContain(SECRET)
  })
})
