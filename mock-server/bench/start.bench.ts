import { existsSync, readFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

import { execa } from 'execa'

/**
 * Time from the start of the built store to its line `listening on …`, and of the built demo, a
 * store and a proxy, until both listen and it says where; beside a Node that does nothing. All take
 * turns, so that a busy machine slows all of them. There the clock says little: the processor time
 * alone is printed, and no goal is judged.
 */
const RUNS = 20
const CLOCK_TICK_MS = 10

const STORE = fileURLToPath(new URL('../../dist/mock-server/main.js', import.meta.url))
const NOTHING = ['--input-type=module', '--eval', `console.log(''); setInterval(() => {}, 1000)`]
const FREE_PORTS = ['--store-port', '--proxy-port', '--admin-port'].flatMap((flag) => [flag, '0'])

interface Start {
  readonly ms: number
  /** Processor time of the program and of those that it has started. Linux only: elsewhere NaN. */
  readonly cpuMs: number
}

interface Contestant {
  readonly name: string
  readonly args: readonly string[]
  /** For the median. */
  readonly goalMs?: number
  readonly starts: Start[]
}

const contestants: readonly Contestant[] = [
  { name: 'Node that does nothing', args: NOTHING, starts: [] },
  {
    name: 'store, built, to listening',
    args: [STORE, '--port', '0'],
    goalMs: 300,
    starts: [],
  },
  {
    name: 'demo (store and proxy), built, to listening',
    args: [STORE, 'demo', ...FREE_PORTS],
    goalMs: 400,
    starts: [],
  },
]

if (!existsSync(STORE)) {
  process.stderr.write(`${STORE} does not exist: run npm run build first\n`)
  process.exit(2)
}
const isBusy = (loadavg()[0] ?? 0) > cpus().length / 2
for (let run = 0; run < RUNS; run += 1) {
  for (const { args, starts } of contestants) starts.push(await start(args))
}
const [clockHead, clockLine] = isBusy ? ['', ''] : [' median | fastest |', '---|---|']
process.stdout.write(`| start |${clockHead} processor time, median |\n|---|${clockLine}---|\n`)
for (const { name, goalMs = Infinity, starts } of contestants) {
  const times = starts.map(({ ms }) => ms)
  const cpu = median(starts.map(({ cpuMs }) => cpuMs))
  const clock = `${median(times).toFixed(0)} ms | ${Math.min(...times).toFixed(0)} ms | `
  process.stdout.write(`| ${name} | ${isBusy ? '' : clock}${cpu.toFixed(0)} ms |\n`)
  if (!isBusy && median(times) > goalMs) {
    process.stderr.write(`goal missed: ${name} within ${goalMs} ms\n`)
    process.exitCode = 1
  }
}
const goals = contestants.flatMap(({ name, goalMs }) =>
  goalMs ? [`${goalMs} ms for ${name}`] : [],
)
const why = isBusy ? 'The machine was busy, so the clock is left out. ' : ''
process.stdout.write(`\n${why}Goals, by the clock of a quiet machine: ${goals.join(', ')}.\n`)

async function start(args: readonly string[]): Promise<Start> {
  const startedMs = performance.now()
  const child = execa(process.execPath, args, {
    stdin: 'ignore',
    stderr: 'ignore',
    buffer: false,
    reject: false,
  })
  await firstLine(createInterface({ input: child.stdout }))
  const ms = performance.now() - startedMs
  const cpuMs = child.pid === undefined ? Number.NaN : cpuTimeMs(child.pid)
  // The demo has to stop its servers.
  child.kill('SIGTERM')
  await child
  return { ms, cpuMs }
}

async function firstLine(lines: AsyncIterable<string>): Promise<string> {
  for await (const line of lines) return line
  throw new Error('the program exited without output')
}

/** Processor time of a process and of all below it. */
function cpuTimeMs(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ')
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').match(/\d+/g) ?? []
    const own = (Number(fields[11]) + Number(fields[12])) * CLOCK_TICK_MS
    return children.reduce((sum, child) => sum + cpuTimeMs(Number(child)), own)
  } catch {
    return Number.NaN
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
