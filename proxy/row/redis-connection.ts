import type { RedisClientType } from '@redis/client'

import { tlsOptions } from '../backend/tls-options.ts'
import type { TlsClient } from '../tls/tls-client.ts'

import type { RedisScript } from './redis-scripts.ts'

type Reply = unknown
type Argument = string | Buffer

/** Where Redis is, and how the proxy logs in there. */
export interface RedisTarget {
  /** `redis://` or `rediss://`, without a login. */
  readonly url: URL
  readonly credentials?:
    | { readonly username?: string | undefined; readonly password: string }
    | undefined
  readonly tls?: TlsClient
}

/**
 * One connection to Redis. It is opened by the first call, and by the first one after it has failed. A
 * connection that does not answer in time is closed: it may be one that never will.
 */
export class RedisConnection {
  readonly #target: RedisTarget
  readonly #callMs: number
  #client: Promise<RedisClientType> | undefined
  #isClosed = false

  /** `callMs` = time that a call may take, with the time to connect. */
  constructor(target: RedisTarget, callMs: number) {
    this.#target = target
    this.#callMs = callMs
  }

  async run(
    { sha1, source }: RedisScript,
    keys: readonly string[],
    args: readonly Argument[],
  ): Promise<Reply> {
    const rest = [String(keys.length), ...keys, ...args]
    try {
      return await this.send(['EVALSHA', sha1, ...rest])
    } catch (error) {
      // A script that the server does not know has changed nothing.
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error
      return await this.send(['EVAL', source, ...rest])
    }
  }

  /** Rejects when the answer does not come within this time. */
  async send(command: readonly Argument[], withinMs = this.#callMs): Promise<Reply> {
    const answer = this.#send(command)
    let timer: NodeJS.Timeout | undefined
    const tooLate = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        this.#drop()
        reject(new Error(`no answer within ${withinMs} ms`))
      }, withinMs)
    })
    try {
      return await Promise.race([answer, tooLate])
    } finally {
      clearTimeout(timer)
      answer.catch(() => {})
    }
  }

  close(): void {
    this.#isClosed = true
    this.#drop()
  }

  async #send(command: readonly Argument[]): Promise<Reply> {
    const { RESP_TYPES } = await import('@redis/client')
    const client = await (this.#client ??= this.#connect())
    // Frames are bytes.
    return await client.sendCommand([...command], {
      typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer },
    })
  }

  async #connect(): Promise<RedisClientType> {
    const { createClient } = await import('@redis/client')
    if (this.#isClosed) throw new Error('closed')
    const { url, credentials: { username, password } = {}, tls } = this.#target
    const socket = { connectTimeout: this.#callMs, reconnectStrategy: false } as const
    const client: RedisClientType = createClient({
      url: url.href,
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
      disableOfflineQueue: true,
      socket:
        url.protocol === 'rediss:' ? { ...socket, ...tlsOptions(tls, true), tls: true } : socket,
    })
    // The call that fails says why.
    client.on('error', () => this.#drop())
    client.on('end', () => this.#drop())
    try {
      return await client.connect()
    } catch (error) {
      this.#drop()
      throw error
    }
  }

  #drop(): void {
    const client = this.#client
    this.#client = undefined
    if (client !== undefined) void destroy(client)
  }
}

async function destroy(opening: Promise<RedisClientType>): Promise<void> {
  try {
    const client = await opening
    if (client.isOpen) client.destroy()
  } catch {
    // It was never open.
  }
}
