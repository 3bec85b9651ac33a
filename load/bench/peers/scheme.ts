import type { Transport } from '../../lib/settings/transport.ts'

/** What a server speaks with its clients; `h2` = HTTP/2 with TLS. */
export type Scheme = 'http' | 'https' | 'h2'

/** The rest of a contestant's name. */
export const SUFFIXES: Readonly<Record<Scheme, string>> = {
  http: '',
  https: ', https',
  h2: ', h2',
}

/** How the clients of a server connect to it. */
export function transportOf(scheme: Scheme): Transport {
  return scheme === 'h2' ? 'http2' : 'raw'
}
