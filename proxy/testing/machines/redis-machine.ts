import { join } from 'node:path'

import { execa } from 'execa'

import { eventually } from '../deadline.ts'
import { type RunningProgram, startProgram } from '../start-program.ts'
import { temporaryFolder, type TemporaryFolder } from '../temporary-folder.ts'
import type { Machine } from './network.ts'

/** A Redis on a machine of its own. The tests reach it by a Unix socket, whatever the network does. */
export class RedisMachine implements AsyncDisposable {
  readonly machine: Machine
  readonly url: string
  readonly #folder: TemporaryFolder
  readonly #socket: string
  readonly #program: RunningProgram

  private constructor(machine: Machine) {
    this.machine = machine
    this.#folder = temporaryFolder('redis-')
    this.#socket = join(this.#folder.path, 'redis.sock')
    const address = machine.address('engine')
    this.url = `redis://${address}:6379`
    const settings = {
      bind: address,
      'protected-mode': 'no',
      port: '6379',
      unixsocket: this.#socket,
      dir: this.#folder.path,
      save: '',
      appendonly: 'yes',
      appendfsync: 'always',
    }
    const settingArgs = Object.entries(settings).flatMap(([key, value]) => [`--${key}`, value])
    const [command = '', ...args] = machine.command('redis-server', ...settingArgs)
    this.#program = startProgram(command, args)
  }

  static async start(machine: Machine): Promise<RedisMachine> {
    const redis = new RedisMachine(machine)
    await eventually('Redis answers', async () => {
      const { child, stdout } = redis.#program
      if (child.exitCode !== null) throw new Error(`redis-server ended: ${stdout}`)
      return await redis.command('PING').catch(() => '')
    })
    return redis
  }

  /** Runs a command, as an operator would, and returns what redis-cli prints. */
  async command(...words: readonly string[]): Promise<string> {
    const { stdout } = await execa('redis-cli', ['-s', this.#socket, '-e', ...words])
    return stdout
  }

  /** Prints each command that Redis gets from now on. */
  async monitor(): Promise<RunningProgram> {
    const monitor = startProgram('redis-cli', ['-s', this.#socket, 'MONITOR'])
    await eventually('Redis prints its commands', () => monitor.stdout.startsWith('OK'))
    return monitor
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#program[Symbol.asyncDispose]()
    await this.#folder[Symbol.asyncDispose]()
  }
}
