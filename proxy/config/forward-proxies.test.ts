import { describe, expect, it } from 'vitest'

import { forwardProxyFor, readForwardProxies } from './forward-proxies.ts'
import { parseConfig } from './read-config.ts'

describe('the variables of forward proxies', () => {
  it.each([
    ['http://store.example/', 'store.example', true],
    ['http://store.example/', 'STORE.example:80', true],
    ['http://store.example/', 'store.example:8080', false],
    ['https://store.example/', 'other.example, store.example:443', true],
    ['http://node1.store.example/', 'store.example', true],
    ['http://node1.store.example/', '.store.example', true],
    ['http://node1.store.example/', '*.store.example', true],
    ['http://otherstore.example/', 'store.example', false],
    ['http://10.1.2.3/', '10.0.0.0/8', true],
    ['http://11.1.2.3/', '10.0.0.0/8', false],
    ['http://[fd00::1]/', 'fd00::/8', true],
    ['http://[fd00::1]:8080/', '[fd00::1]:8080', true],
    ['http://[fd00::1]:8081/', '[fd00::1]:8080', false],
    ['http://store.example/', '*', true],
    ['http://store.example/', '', false],
    ['http://127.0.0.2:8080/', '', true],
    ['http://localhost:8080/', '', true],
    ['http://[::1]:8080/', '', true],
  ])('%s with NO_PROXY=%s is connected directly: %s', (url, NO_PROXY, isDirect) => {
    const proxy = 'proxy.example:3128'
    const { proxies } = readForwardProxies({ HTTP_PROXY: proxy, HTTPS_PROXY: proxy, NO_PROXY })
    expect(forwardProxyFor(new URL(url), proxies) === undefined).toBe(isDirect)
  })

  it('the variables of forward proxies in lower case count first', () => {
    const { proxies } = readForwardProxies({
      HTTP_PROXY: 'http://upper.example:3128',
      http_proxy: 'http://lower.example:3128',
    })
    expect(proxies?.http?.href).toBe('http://lower.example:3128/')
    expect(proxies?.https).toBeUndefined()
  })

  it('without variables, or with empty ones, there is no forward proxy', () => {
    const none = { proxies: undefined, faults: [] }
    expect(readForwardProxies({})).toEqual(none)
    expect(readForwardProxies({ HTTP_PROXY: '', https_proxy: ' ' })).toEqual(none)
  })

  it.each([
    'socks5://user:topsecret@a',
    'https://user:topsecret@a',
    'http://',
    'http://a/b',
    'a b',
  ])('HTTPS_PROXY=%s is a mistake, which is listed without the value', (HTTPS_PROXY) => {
    const text = JSON.stringify({ backends: [{ uri: 'http://store.example/' }], proxi: {} })
    const read = () => parseConfig(text, 'file.yaml', { HTTPS_PROXY })
    expect(read).toThrow('HTTPS_PROXY  expected the URL of a forward proxy, such as http://')
    expect(read).toThrow('file.yaml has 2 mistakes')
    expect(read).not.toThrow('topsecret')
  })
})
