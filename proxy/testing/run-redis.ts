import { spawnSync } from 'node:child_process'

import { RedisConnection } from '../row/redis-connection.ts'
import type { RedisLogin } from '../row/redis-target.ts'
import type { TlsClient } from '../tls/tls-client.ts'
import type { Certificate } from './certificate.ts'
import { eventually } from './deadline.ts'
import { findQuietPort } from './free-port.ts'
import { type RunningProgram, startProgram } from './start-program.ts'
import { temporaryFolder, type TemporaryFolder } from './temporary-folder.ts'

/** A call that takes longer hangs, on the busiest machine. */
const HANGS_MS = 30_000

export const hasRedis = spawnSync('redis-server', ['--version']).status === 0

/** How the tests connect by TLS to a server with this certificate, whatever it asks for. */
export function tlsTo(certificate: Certificate | undefined): TlsClient | undefined {
  if (certificate === undefined) return undefined
  const { cert, key } = certificate
  return { ca: [cert], keyStore: { cert, key }, verifiesHost: false }
}

/** Settings of a Redis server, or of a sentinel, that speaks only TLS at this port. */
export function tlsSettings(
  port: number,
  { path, keyPath }: Certificate,
): Readonly<Record<string, string>> {
  return {
    port: '0',
    'tls-port': String(port),
    'tls-cert-file': path,
    'tls-key-file': keyPath,
    'tls-ca-cert-file': path,
    'tls-auth-clients': 'no',
    'tls-replication': 'yes',
  }
}

/** A Redis server that keeps what it has acknowledged, also when it is killed. */
export class RunningRedis implements AsyncDisposable {
  readonly url: URL
  readonly port: number
  readonly credentials: RedisLogin | undefined
  readonly tls: TlsClient | undefined
  readonly #settings: Readonly<Record<string, string>>
  readonly #folder: TemporaryFolder
  #program: RunningProgram

  private constructor(
    port: number,
    folder: TemporaryFolder,
    settings: Readonly<Record<string, string>>,
    certificate: Certificate | undefined,
  ) {
    const scheme = certificate === undefined ? 'redis' : 'rediss'
    this.url = new URL(`${scheme}://127.0.0.1:${port}`)
    this.port = port
    const { requirepass: password } = settings
    this.credentials = password === undefined ? undefined : { password }
    this.tls = tlsTo(certificate)
    const secure = certificate === undefined ? {} : tlsSettings(port, certificate)
    this.#settings = { ...secure, ...settings }
    this.#folder = folder
    this.#program = this.#start()
  }

  /** `settings` = further ones of redis.conf. With a certificate it speaks only TLS. */
  static async start(
    settings: Readonly<Record<string, string>> = {},
    certificate?: Certificate,
  ): Promise<RunningRedis> {
    const folder = temporaryFolder('redis-')
    const redis = new RunningRedis(await findQuietPort(), folder, settings, certificate)
    await redis.#accepts()
    return redis
  }

  /** Kills it and starts it again with its data. */
  async killAndRestart(): Promise<void> {
    await this.kill()
    await this.restart()
  }

  async kill(): Promise<void> {
    await this.#program[Symbol.asyncDispose]()
  }

  /** Starts it again with its data. */
  async restart(): Promise<void> {
    this.#program = this.#start()
    await this.#accepts()
  }

  /** Stops the process, or continues it. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#program.child.kill(signal)
  }

  /** Runs a command, as an operator would. */
  async command(...words: readonly string[]): Promise<unknown> {
    const connection = new RedisConnection(this, HANGS_MS)
    try {
      return await connection.send(words)
    } finally {
      connection.close()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#program[Symbol.asyncDispose]()
    await this.#folder[Symbol.asyncDispose]()
  }

  #start(): RunningProgram {
    const settings = {
      bind: '127.0.0.1',
      port: String(this.port),
      dir: this.#folder.path,
      save: '',
      appendonly: 'yes',
      // With `everysec` a slow disk delays the write: kill -9 then takes what was acknowledged.
      appendfsync: 'always',
      ...this.#settings,
    }
    const args = Object.entries(settings).flatMap(([key, value]) => [`--${key}`, value])
    return startProgram('redis-server', args)
  }

  async #accepts(): Promise<void> {
    await eventually('Redis answers', async () => {
      if (this.#program.child.exitCode !== null) {
        throw new Error(`redis-server ended: ${this.#program.stdout}`)
      }
      return await this.command('PING').then(
        () => true,
        () => false,
      )
    })
  }
}
