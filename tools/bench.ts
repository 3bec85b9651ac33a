import { readdirSync } from 'node:fs'
import { cpus, release, type } from 'node:os'
import { basename, join } from 'node:path'
import { createInterface } from 'node:readline'

import { execa } from 'execa'

import { writeSection } from './performance-page.ts'
import { ProgressLine } from './progress-line.ts'

/**
 * `npm run bench -- NAME …` runs the one `NAME.bench.ts` in a folder's `bench/`; without a name it
 * lists them. A benchmark reports progress on standard error and prints its figures as Markdown;
 * `--write` puts those into docs/performance.md. `--quiet` leaves out progress: the last lines of a
 * benchmark that fails are printed nevertheless.
 */
const FOLDERS = ['mock-server/bench', 'proxy/bench', 'load/bench', 'tools/page']
const SUFFIX = '.bench.ts'
const PAGE = 'docs/performance.md'
const WRITE = '--write'
const QUIET = '--quiet'
/** How many lines a quiet run keeps for the case that it fails. */
const KEPT_LINES = 20

const benches = new Map(
  FOLDERS.flatMap((folder) => filesIn(folder))
    .filter((path) => path.endsWith(SUFFIX))
    .map((path) => [basename(path, SUFFIX), path]),
)
// A reader that has left, such as `head`, costs its output, and no verdict.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})

const given = process.argv.slice(2)
const [name = '', ...args] = given.filter((arg) => arg !== WRITE && arg !== QUIET)
const path = benches.get(name)

if (path === undefined) {
  const isQuestion = ['', '-h', '--help'].includes(name)
  const complaint = isQuestion ? '' : `no benchmark is called "${name}"\n`
  process.stderr.write(`${complaint}usage: npm run bench -- NAME [${WRITE}] [${QUIET}] [options]\n`)
  for (const known of [...benches.keys()].toSorted()) process.stderr.write(`  ${known}\n`)
  process.exitCode = isQuestion ? 0 : 2
} else {
  const { exitCode, body } = await run(path)
  process.exitCode = exitCode ?? 70
  // 1 = a goal was missed: its figures are still valid. A crashed benchmark has printed none.
  if (given.includes(WRITE) && (exitCode === 0 || exitCode === 1) && body !== '') {
    writeSection(PAGE, {
      name,
      command: ['npm run bench --', name, ...args].join(' '),
      day: new Date().toISOString().slice(0, 10),
      machine: machine(),
      body,
    })
  }
}

/** Runs the benchmark in a file. `body` is its figures. */
async function run(
  file: string,
): Promise<{ readonly exitCode: number | undefined; readonly body: string }> {
  const isQuiet = given.includes(QUIET)
  const nodeFlags = ['--expose-gc', '--import', 'tsx']
  const bench = execa(process.execPath, [...nodeFlags, file, ...args], {
    stdin: 'inherit',
    stripFinalNewline: false,
    reject: false,
  })
  using progress = new ProgressLine({
    stream: process.stderr,
    env: process.env,
    isQuiet,
    text: () => `bench ${name}`,
  })
  const lastLines: string[] = []
  const print = (line: string): void => {
    progress.above(() => void process.stderr.write(`${line}\n`))
  }
  createInterface({ input: bench.stdout }).on('line', (line) => {
    progress.above(() => void process.stdout.write(`${line}\n`))
  })
  createInterface({ input: bench.stderr }).on('line', (line) => {
    if (!isQuiet) print(line)
    else if (lastLines.push(line) > KEPT_LINES) lastLines.shift()
  })
  const { exitCode, stdout } = await bench
  if (exitCode !== 0) for (const line of lastLines) print(line)
  return { exitCode, body: stdout }
}

function machine(): string {
  const [cpu] = cpus()
  const model = cpu?.model.trim() || 'unknown processor'
  return `${cpus().length} cores (${model}), ${type()} ${release()}, Node ${process.versions.node}`
}

function filesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).map((file) => join(folder, file))
  } catch {
    return [] // A folder without benchmarks has no bench/.
  }
}
