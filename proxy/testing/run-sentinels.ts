import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { RedisConnection } from '../row/redis-connection.ts'
import type { RedisLogin } from '../row/redis-target.ts'
import type { TlsClient } from '../tls/tls-client.ts'
import type { Certificate } from './certificate.ts'
import { eventually } from './deadline.ts'
import { findQuietPort } from './free-port.ts'
import { type RunningRedis, tlsSettings, tlsTo } from './run-redis.ts'
import { type RunningProgram, startProgram } from './start-program.ts'
import { temporaryFolder, type TemporaryFolder } from './temporary-folder.ts'

export interface SentinelsOptions {
  readonly count: number
  readonly primary: RunningRedis
  /** Replicas that they have to know before they are used. */
  readonly replicas: number
  /** Password of the sentinels; default: none. */
  readonly password?: string
  /** They speak only TLS, with this certificate, also to Redis. */
  readonly certificate?: Certificate | undefined
  /** Further settings. */
  readonly settings?: Readonly<Record<string, string>>
}

interface Sentinel {
  readonly port: number
  readonly program: RunningProgram
  readonly folder: TemporaryFolder
}

/** A call that takes longer hangs, on the busiest machine. */
const HANGS_MS = 30_000
/** Silence of a primary after which a sentinel finds it dead. */
const DOWN_MS = 2000

/** Redis Sentinels that watch a primary under the name `main`, on ports of their own. */
export class RunningSentinels implements AsyncDisposable {
  readonly credentials: RedisLogin | undefined
  readonly tls: TlsClient | undefined
  readonly #sentinels: readonly Sentinel[]

  private constructor(sentinels: readonly Sentinel[], { password, certificate }: SentinelsOptions) {
    this.#sentinels = sentinels
    this.tls = tlsTo(certificate)
    this.credentials = password === undefined ? undefined : { password }
  }

  static async start(options: SentinelsOptions): Promise<RunningSentinels> {
    const sentinels: Sentinel[] = []
    for (let made = 0; made < options.count; made += 1) {
      const folder = temporaryFolder('sentinel-')
      const port = await findQuietPort()
      const file = join(folder.path, 'sentinel.conf')
      writeFileSync(file, configurationOf(options, port, folder.path))
      const program = startProgram('redis-server', [file, '--sentinel'])
      sentinels.push({ port, program, folder })
    }
    const running = new RunningSentinels(sentinels, options)
    await running.#know(options)
    return running
  }

  get addresses(): readonly { readonly host: string; readonly port: number }[] {
    return this.#sentinels.map(({ port }) => ({ host: '127.0.0.1', port }))
  }

  /** Port of the primary that this one names. */
  async primaryPort(index = 0): Promise<number> {
    const reply = await this.#command(index, 'SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'main')
    return Array.isArray(reply) ? Number(String(reply[1])) : 0
  }

  async kill(index: number): Promise<void> {
    await this.#sentinels[index]?.program[Symbol.asyncDispose]()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { program, folder } of this.#sentinels) {
      await program[Symbol.asyncDispose]()
      await folder[Symbol.asyncDispose]()
    }
  }

  async #know({ count, replicas }: SentinelsOptions): Promise<void> {
    for (const index of this.#sentinels.keys()) {
      await eventually('a sentinel knows the replicas and the other sentinels', async () => {
        const reply = await this.#command(index, 'SENTINEL', 'MASTER', 'main').catch(
          () => undefined,
        )
        const facts = factsOf(reply)
        return (
          facts.get('num-slaves') === String(replicas) &&
          facts.get('num-other-sentinels') === String(count - 1)
        )
      })
    }
  }

  async #command(index: number, ...words: readonly string[]): Promise<unknown> {
    const { port } = this.#sentinels[index] ?? { port: 0 }
    const { credentials, tls } = this
    const url = new URL(`${tls === undefined ? 'redis' : 'rediss'}://127.0.0.1:${port}`)
    const connection = new RedisConnection({ url, credentials, tls }, HANGS_MS)
    try {
      return await connection.send(words)
    } finally {
      connection.close()
    }
  }
}

function configurationOf(
  { count, primary, password, certificate, settings }: SentinelsOptions,
  port: number,
  folder: string,
): string {
  const most = Math.floor(count / 2) + 1
  const login = primary.credentials?.password
  const secure = certificate === undefined ? {} : tlsSettings(port, certificate)
  return [
    'bind 127.0.0.1',
    ...Object.entries({ port: String(port), ...secure, ...settings }).map((pair) => pair.join(' ')),
    `dir ${folder}`,
    `sentinel monitor main 127.0.0.1 ${primary.port} ${most}`,
    `sentinel down-after-milliseconds main ${DOWN_MS}`,
    'sentinel failover-timeout main 10000',
    ...(login === undefined ? [] : [`sentinel auth-pass main ${login}`]),
    ...(password === undefined
      ? []
      : [`requirepass ${password}`, `sentinel sentinel-pass ${password}`]),
    '',
  ].join('\n')
}

/** A list of name and value, or an object in RESP 3. */
function factsOf(reply: unknown): ReadonlyMap<string, string> {
  const flat = Array.isArray(reply) ? reply.map(String) : []
  const pairs = flat.flatMap((name, index) =>
    index % 2 === 0 ? [[name, flat[index + 1] ?? ''] as const] : [],
  )
  const named = Object.entries(Object(Array.isArray(reply) ? {} : reply))
  return new Map([...pairs, ...named.map(([name, value]) => [name, String(value)] as const)])
}
