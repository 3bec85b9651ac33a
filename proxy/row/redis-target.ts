import type { TlsClient } from '../tls/tls-client.ts'

export interface RedisLogin {
  readonly username?: string | undefined
  readonly password: string
}

/** The address of a server, as an operator writes it. */
export interface HostAndPort {
  readonly host: string
  readonly port: number
}

/** Redis Sentinels, which know where the primary of a name is. */
export interface Sentinels {
  readonly addresses: readonly HostAndPort[]
  /** The name that they watch it under. */
  readonly primary: string
  readonly credentials?: RedisLogin | undefined
}

/** Where Redis is, and how the proxy logs in there. Either `url` or `sentinels` is given. */
export interface RedisTarget {
  /** `redis://` or `rediss://`, without a login. */
  readonly url?: URL | undefined
  readonly sentinels?: Sentinels | undefined
  readonly credentials?: RedisLogin | undefined
  /** With `sentinels`: the connections to them and to Redis are by TLS. */
  readonly tls?: TlsClient | undefined
}

/** For messages. */
export function nameOfTarget({ url, sentinels }: RedisTarget): string {
  if (sentinels === undefined) return url?.href ?? ''
  return `the primary ${JSON.stringify(sentinels.primary)} of the sentinels ${sentinels.addresses.map(nameOfAddress).join(', ')}`
}

export function nameOfAddress({ host, port }: HostAndPort): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
