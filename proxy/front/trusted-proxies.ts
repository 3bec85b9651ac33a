import { BlockList, isIP } from 'node:net'

/** How the configuration and the logs name peers of Unix sockets, which have no address. */
export const UNIX_PEER = 'unix'

/** A network: its address, and the number of its bits that count. */
export interface Network {
  readonly address: string
  readonly prefix: number
}

/** An address, or an address with `/` and a number of bits. Undefined for any other text. */
export function readNetwork(text: string): Network | undefined {
  const [address = '', prefix, ...rest] = text.split('/')
  const bits = { 0: 0, 4: 32, 6: 128 }[isIP(address)] ?? 0
  if (bits === 0 || address.includes('%') || rest.length > 0) return undefined
  if (prefix === undefined) return { address, prefix: bits }
  if (!/^\d{1,3}$/.test(prefix) || Number(prefix) > bits) return undefined
  return { address, prefix: Number(prefix) }
}

/** Balancers and reverse proxies that may name the address of a client. */
export class TrustedProxies {
  readonly #networks = new BlockList()
  readonly #hasNone: boolean
  readonly #hasUnix: boolean

  /** `names` = networks, and `unix` for all peers of Unix sockets. */
  constructor(names: readonly string[]) {
    this.#hasNone = names.length === 0
    this.#hasUnix = names.includes(UNIX_PEER)
    for (const { address, prefix } of names.flatMap((name) => readNetwork(name) ?? [])) {
      this.#networks.addSubnet(address, prefix, familyOf(address))
    }
  }

  /** Whether this peer is one of them. `peer` = an address as `ipAddressOf` writes it. */
  has(peer: string): boolean {
    if (this.#hasNone) return false
    if (peer === UNIX_PEER) return this.#hasUnix
    return isIP(peer) !== 0 && this.#networks.check(peer, familyOf(peer))
  }
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 4 ? 'ipv4' : 'ipv6'
}
