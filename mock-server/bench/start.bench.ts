import { existsSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

import { execa } from 'execa'

/**
 * Time from the start of the built store to its line `listening on …`, beside a Node that does
 * nothing. Both take turns, so that a busy machine slows both.
 */
const RUNS = 20
const GOAL_MS = 300
const CLOCK_TICK_MS = 10

const STORE = fileURLToPath(new URL('../../dist/mock-server/main.js', import.meta.url))
const NOTHING = ['--input-type=module', '--eval', `console.log(''); setInterval(() => {}, 1000)`]

interface Start {
  readonly ms: number
  /** Processor time. Linux only: elsewhere NaN. */
  readonly cpuMs: number
}

if (!existsSync(STORE)) {
  process.stderr.write(`${STORE} does not exist: run npm run build first\n`)
  process.exit(2)
}
const starts: { readonly store: Start[]; readonly node: Start[] } = { store: [], node: [] }
for (let run = 0; run < RUNS; run += 1) {
  starts.node.push(await start(NOTHING))
  starts.store.push(await start([STORE, '--port', '0']))
}
const rows = [
  ['Node that does nothing', starts.node],
  ['store, built, to listening', starts.store],
] as const
process.stdout.write('| start | median | fastest | processor time, median |\n|---|---|---|---|\n')
for (const [name, of] of rows) {
  const times = of.map(({ ms }) => ms)
  const cpu = median(of.map(({ cpuMs }) => cpuMs))
  process.stdout.write(
    `| ${name} | ${median(times).toFixed(0)} ms | ${Math.min(...times).toFixed(0)} ms | ${cpu.toFixed(0)} ms |\n`,
  )
}
if (median(starts.store.map(({ ms }) => ms)) > GOAL_MS) {
  process.stderr.write(`goal missed: at most ${GOAL_MS} ms to listening\n`)
  process.exitCode = 1
}

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
  const cpuMs = cpuTimeMs(child.pid)
  child.kill('SIGKILL')
  await child
  return { ms, cpuMs }
}

async function firstLine(lines: AsyncIterable<string>): Promise<string> {
  for await (const line of lines) return line
  throw new Error('the program exited without output')
}

function cpuTimeMs(pid: number | undefined): number {
  try {
    const fields = readFileSync(`/proc/${String(pid)}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ')
    return (Number(fields[11]) + Number(fields[12])) * CLOCK_TICK_MS
  } catch {
    return Number.NaN
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
