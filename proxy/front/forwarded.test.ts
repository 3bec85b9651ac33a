import { describe, expect, it } from 'vitest'

import { clientBehind } from './forwarded.ts'
import { TrustedProxies } from './trusted-proxies.ts'

const PEER = '10.0.0.1'
const trusted = new TrustedProxies(['10.0.0.0/8', '2001:db8:1::/48'])

describe('clientBehind', () => {
  it.each([
    ['203.0.113.1', '203.0.113.1'],
    // The client has invented the first entry.
    ['6.6.6.6, 203.0.113.1', '203.0.113.1'],
    ['6.6.6.6,203.0.113.1,10.2.3.4', '203.0.113.1'],
    ['6.6.6.6, 203.0.113.1, 2001:db8:1::7', '203.0.113.1'],
    ['203.0.113.1:4711', '203.0.113.1'],
    ['[2001:DB8:2:0::1]:4711', '2001:db8:2::1'],
    ['2001:db8:2::1', '2001:db8:2::1'],
    ['::ffff:203.0.113.1', '203.0.113.1'],
    ['10.3.0.1, 10.2.0.1', '10.3.0.1'],
    ['', PEER],
    ['unknown', PEER],
    ['203.0.113.1, unknown', PEER],
    ['203.0.113.1, unknown, 10.2.0.1', '10.2.0.1'],
    ['203.0.113.1,', PEER],
    ['203.0.113.1.', PEER],
    ['fe80::1%eth0', PEER],
    ['999.0.0.1', PEER],
  ])('clientBehind reads X-Forwarded-For "%s" as %s', (value, client) => {
    expect(clientBehind(PEER, value, 'X-Forwarded-For', trusted)).toBe(client)
  })

  it.each([
    ['for=203.0.113.1', '203.0.113.1'],
    ['For=203.0.113.1;proto=https;by=10.0.0.1', '203.0.113.1'],
    ['proto=https;FOR="203.0.113.1:80"', '203.0.113.1'],
    ['for=6.6.6.6, for=203.0.113.1 ,for=10.2.0.1;host=a', '203.0.113.1'],
    ['for="[2001:db8:2::1]:80", for="[2001:db8:1::1]"', '2001:db8:2::1'],
    // A comma in quotes does not separate.
    ['for="6.6.6.6, for=6.6.6.6";host="a,b", for=203.0.113.1', '203.0.113.1'],
    ['for=_hidden', PEER],
    ['for=203.0.113.1, for=unknown', PEER],
    ['for=203.0.113.1, proto=https', PEER],
    ['for="203.0.113.1', PEER],
    ['203.0.113.1', PEER],
  ])('clientBehind reads Forwarded "%s" as %s', (value, client) => {
    expect(clientBehind(PEER, value, 'Forwarded', trusted)).toBe(client)
  })
})

describe('TrustedProxies', () => {
  it.each([
    ['10.255.0.1', true],
    ['11.0.0.1', false],
    ['2001:db8:1:ffff::1', true],
    ['2001:db8:2::1', false],
    ['', false],
    ['unix', false],
  ])('TrustedProxies decides about %s: %s', (peer, isTrusted) => {
    expect(trusted.has(peer)).toBe(isTrusted)
  })

  it('TrustedProxies trusts no peer when the list is empty, and all when it says so', () => {
    expect(new TrustedProxies([]).has('127.0.0.1')).toBe(false)
    const all = new TrustedProxies(['0.0.0.0/0', '::/0'])
    for (const peer of ['127.0.0.1', '::1', '203.0.113.1']) expect(all.has(peer)).toBe(true)
  })
})
