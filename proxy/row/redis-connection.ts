import type { RedisClientType } from '@redis/client'

import { newRedisClient } from './redis-client.ts'
import type { RedisScript } from './redis-scripts.ts'
import { findPrimary } from './redis-sentinels.ts'
import { type HostAndPort, nameOfAddress, type RedisTarget } from './redis-target.ts'

type Reply = unknown
type Argument = string | Buffer

/** Part of the time of a call that a sentinel has for its answer. */
const SENTINEL_PART = 1 / 3

/**
 * One connection to Redis. It is opened by the first call, and by the first one after it has failed. A
 * connection that does not answer in time is closed: it may be one that never will. So is one to a
 * server that is not the primary any more. Sentinels are asked each time that it is opened.
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
    const typeMapping = { [RESP_TYPES.BLOB_STRING]: Buffer }
    try {
      return await client.sendCommand([...command], { typeMapping })
    } catch (error) {
      if (error instanceof Error && error.message.startsWith('READONLY')) this.#drop()
      throw error
    }
  }

  async #connect(): Promise<RedisClientType> {
    try {
      return await this.#open()
    } catch (error) {
      this.#drop()
      throw error
    }
  }

  async #open(): Promise<RedisClientType> {
    const { url, sentinels, tls, credentials } = this.#target
    const address =
      sentinels === undefined
        ? undefined
        : await findPrimary(sentinels, tls, this.#callMs * SENTINEL_PART)
    if (this.#isClosed) throw new Error('closed')
    const isTls = url === undefined ? tls !== undefined : url.protocol === 'rediss:'
    const client = await newRedisClient({ url, address, credentials, tls, isTls }, this.#callMs)
    // The call that fails says why.
    client.on('error', () => this.#drop())
    client.on('end', () => this.#drop())
    await client.connect()
    if (address !== undefined) await refuseReplica(client, address)
    return client
  }

  #drop(): void {
    const client = this.#client
    this.#client = undefined
    if (client !== undefined) void destroy(client)
  }
}

/** Sentinels may still name a server that has just become a replica. */
async function refuseReplica(client: RedisClientType, address: HostAndPort): Promise<void> {
  const role: unknown = await client.sendCommand(['ROLE'])
  if (Array.isArray(role) && String(role[0]) === 'master') return
  client.destroy()
  throw new Error(`${nameOfAddress(address)}, which the sentinels name, is not a primary`)
}

async function destroy(opening: Promise<RedisClientType>): Promise<void> {
  try {
    const client = await opening
    if (client.isOpen) client.destroy()
  } catch {
    // It was never open.
  }
}
