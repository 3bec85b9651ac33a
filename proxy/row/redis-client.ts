import type { RedisClientType } from '@redis/client'

import { tlsOptions } from '../backend/tls-options.ts'
import type { TlsClient } from '../tls/tls-client.ts'
import type { HostAndPort, RedisLogin } from './redis-target.ts'

export interface RedisClientTarget {
  readonly url?: URL | undefined
  readonly address?: HostAndPort | undefined
  readonly credentials?: RedisLogin | undefined
  readonly tls?: TlsClient | undefined
  readonly isTls: boolean
}

/** A client that is not connected yet, and that never reconnects by itself. */
export async function newRedisClient(
  { url, address, credentials, tls, isTls }: RedisClientTarget,
  connectMs: number,
): Promise<RedisClientType> {
  const { createClient } = await import('@redis/client')
  const { username, password } = credentials ?? {}
  const socket = { ...address, connectTimeout: connectMs, reconnectStrategy: false } as const
  return createClient({
    ...(url === undefined ? {} : { url: url.href }),
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    disableOfflineQueue: true,
    socket: isTls ? { ...socket, ...tlsOptions(tls, true), tls: true } : socket,
  })
}
