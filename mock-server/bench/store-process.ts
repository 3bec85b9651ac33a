import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

import { execa } from 'execa'

/** A store in its own process, so that its cost is separate from the load generator's. */
export interface StoreProcess extends AsyncDisposable {
  readonly url: string
  /** Processor time so far, in ms. Linux only: elsewhere undefined. */
  cpuMs(): number | undefined
  /** Resident memory, in MiB. Linux only: elsewhere undefined. */
  residentMiB(): number | undefined
  /** Heap size after a garbage collection, in MiB. */
  heapMiB(): Promise<number>
}

const CLOCK_TICKS_PER_SECOND = 100
const PAGE_BYTES = 4_096
const MIB = 1_048_576

/** Default of `script`: the store of this checkout. */
export async function startStoreProcess(
  flags: readonly string[],
  script = fileURLToPath(new URL('../main.ts', import.meta.url)),
): Promise<StoreProcess> {
  const reporter = new URL('heap-reporter.ts', import.meta.url).href
  const preloaded = ['--expose-gc', '--import', import.meta.resolve('tsx'), '--import', reporter]
  const args = [...preloaded, script, '--port', '0', '--json', ...flags]
  const child = execa(process.execPath, args, {
    stdin: 'ignore',
    stderr: 'ignore',
    ipc: true,
    buffer: false,
    reject: false,
  })
  const line: unknown = JSON.parse(await firstLine(createInterface({ input: child.stdout })))
  if (typeof line !== 'object' || line === null || !('url' in line))
    throw new Error('the store did not print its URL')
  return {
    url: String(line.url),
    cpuMs: () => {
      const fields = readProc(child.pid, 'stat')
        ?.replace(/^.*\) /, '')
        .split(' ')
      if (fields === undefined) return undefined
      return ((Number(fields[11]) + Number(fields[12])) * 1_000) / CLOCK_TICKS_PER_SECOND
    },
    residentMiB: () => {
      const pages = readProc(child.pid, 'statm')?.split(' ')[1]
      return pages === undefined ? undefined : (Number(pages) * PAGE_BYTES) / MIB
    },
    heapMiB: async () => {
      const answer = child.getOneMessage()
      await child.sendMessage('heap')
      return Number(await answer) / MIB
    },
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGTERM')
      await child
    },
  }
}

async function firstLine(lines: AsyncIterable<string>): Promise<string> {
  for await (const line of lines) return line
  throw new Error('the store exited without output')
}

function readProc(pid: number | undefined, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${String(pid)}/${file}`, 'utf8')
  } catch {
    return undefined // Not Linux: the figures are left out.
  }
}
