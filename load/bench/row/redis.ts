import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'

import { execa } from 'execa'

import { readTree } from '../../process/process-tree.ts'
import { freePorts, startServing } from '../peers/peer.ts'

/** What Redis has done since its start. */
export interface RedisUsage {
  readonly cpuMs: number
  readonly commands: number
  /** Bytes that it has received and sent. */
  readonly bytes: number
}

export interface RunningRedis extends AsyncDisposable {
  readonly url: string
  readonly pid: number
  readonly usage: () => Promise<RedisUsage>
}

/** A Redis that writes each event to its disk before it acknowledges it. */
export async function startRedis(scratchDir: string, signal: AbortSignal): Promise<RunningRedis> {
  const [port = 0] = await freePorts(1)
  const dir = join(scratchDir, 'redis')
  await mkdir(dir)
  const settings = {
    port: String(port),
    bind: '127.0.0.1',
    dir,
    save: '',
    appendonly: 'yes',
    appendfsync: 'always',
  }
  const redis = await startServing({
    name: 'redis-server',
    command: 'redis-server',
    args: Object.entries(settings).flatMap(([key, value]) => [`--${key}`, value]),
    port,
    install: 'apt-get install redis-server',
    signal,
    scratchDir,
    logName: 'redis',
  })
  const usage = async (): Promise<RedisUsage> => {
    const { stdout } = await execa('redis-cli', ['-p', String(port), 'INFO', 'stats'])
    const values = new Map(stdout.split(/\r?\n/).map((line) => pairOf(line)))
    const read = (name: string): number => Number(values.get(name))
    return {
      cpuMs: (await readTree(redis.pid))?.cpuMs ?? 0,
      commands: read('total_commands_processed'),
      bytes: read('total_net_input_bytes') + read('total_net_output_bytes'),
    }
  }
  const dispose = () => redis[Symbol.asyncDispose]()
  return {
    url: `redis://127.0.0.1:${port}`,
    pid: redis.pid,
    usage,
    [Symbol.asyncDispose]: dispose,
  }
}

/** The parts of `name:value`. */
function pairOf(line: string): readonly [string, string] {
  const colon = line.indexOf(':')
  return [line.slice(0, colon), line.slice(colon + 1)]
}
