import { BlockList, isIP } from 'node:net'

/**
 * How far an address reaches: 0 = the internet, 1 = a private network, 2 = this host or its link.
 */
export type AddressScope = 0 | 1 | 2

// [RFC 6890] The registries of special-purpose addresses.
const PRIVATE = blockList(
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['fc00::', 7],
  // These contain an IPv4 address that may be private.
  ['64:ff9b::', 96],
  ['2002::', 16],
)
const LOCAL = blockList(
  ['0.0.0.0', 8],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['224.0.0.0', 3],
  ['::', 127],
  ['fe80::', 10],
  ['ff00::', 8],
)

/** The scope of an IP address; 2, the narrowest, for any other text. */
export function scopeOf(address: string): AddressScope {
  const version = isIP(address)
  if (version === 0) return 2
  const family = version === 4 ? 'ipv4' : 'ipv6'
  if (LOCAL.check(address, family)) return 2
  return PRIVATE.check(address, family) ? 1 : 0
}

function blockList(...subnets: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList()
  for (const [network, prefix] of subnets) {
    list.addSubnet(network, prefix, isIP(network) === 4 ? 'ipv4' : 'ipv6')
  }
  return list
}
