import { isIP, SocketAddress } from 'node:net'

const MAPPED = '::ffff:'

/**
 * The one way to write an IP address, so that a client counts as one: IPv6 in short lower case, and
 * IPv4 that is mapped into IPv6 as IPv4. Undefined for any other text.
 */
export function ipAddressOf(text: string): string | undefined {
  const version = isIP(text)
  if (version === 4) return text
  if (version === 0 || text.includes('%')) return undefined
  const { address } = new SocketAddress({ address: text, family: 'ipv6' })
  const mapped = address.startsWith(MAPPED) ? address.slice(MAPPED.length) : ''
  return isIP(mapped) === 4 ? mapped : address
}
