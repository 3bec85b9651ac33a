import { ipAddressOf } from './ip-address.ts'
import type { TrustedProxies } from './trusted-proxies.ts'

/** Fields in which reverse proxies name the addresses of clients. */
export const FORWARDED_FIELDS = ['X-Forwarded-For', 'Forwarded'] as const
export type ForwardedField = (typeof FORWARDED_FIELDS)[number]

/** More hops than any chain of reverse proxies has. */
const MAX_HOPS = 100

/**
 * The address of the client behind a trusted peer. Each reverse proxy appends the address of its
 * own peer. So the entries are read from the right, as long as they are trusted: what is left of
 * the first other one may be made up by the client. An entry that is not an address ends the
 * search.
 */
export function clientBehind(
  peer: string,
  value: string,
  field: ForwardedField,
  trusted: TrustedProxies,
): string {
  const entries = field === 'Forwarded' ? forwardedEntries(value) : value.split(',')
  let client = peer
  for (const entry of entries.slice(-MAX_HOPS).toReversed()) {
    const address = addressIn(entry.trim())
    if (address === undefined) return client
    client = address
    if (!trusted.has(client)) return client
  }
  return client
}

/** The address of `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1` and `[2001:db8::1]:80`. */
function addressIn(entry: string): string | undefined {
  const bracketed = /^\[([0-9a-fA-F:.]{2,45})\](?::\d{1,5})?$/.exec(entry)
  if (bracketed !== null) return ipAddressOf(bracketed[1] ?? '')
  const withPort = /^([0-9.]{7,15}):\d{1,5}$/.exec(entry)
  return ipAddressOf(withPort?.[1] ?? entry)
}

// [RFC 7239 §4] `for=192.0.2.1;proto=http, for="[2001:db8::1]:80"`. No character fits two parts
// that meet.
const PAIR =
  /[ \t]*([!#$%&'*+.^_`|~0-9A-Za-z-]+)=(?:([!#$%&'*+.^_`|~0-9A-Za-z:[\]-]+)|"([^"\\]*)")[ \t]*(?:([;,])|$)/y

/** The `for` of each element; empty where an element has none. Nothing for a malformed field. */
function forwardedEntries(value: string): readonly string[] {
  const entries: string[] = []
  let entry = ''
  for (let at = 0; at < value.length; at = PAIR.lastIndex) {
    PAIR.lastIndex = at
    const pair = PAIR.exec(value)
    if (pair === null) return []
    const [, name = '', token, quoted = '', separator] = pair
    if (name.toLowerCase() === 'for') entry = token ?? quoted
    if (separator === ';') continue
    entries.push(entry)
    entry = ''
  }
  return entries
}
