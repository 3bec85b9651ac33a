import { readdirSync } from 'node:fs'
import { cpus, release, type } from 'node:os'
import { basename, join } from 'node:path'

import { execa } from 'execa'

import { writeSection } from './performance-page.ts'

/**
 * `npm run bench -- NAME …` runs the one `NAME.bench.ts` in a folder's `bench/`; without a name it
 * lists them. A benchmark reports progress on standard error and prints its figures as Markdown;
 * `--write` puts those into docs/performance.md.
 */
const FOLDERS = ['mock-server/bench', 'proxy/bench', 'load/bench', 'tools/page']
const SUFFIX = '.bench.ts'
const PAGE = 'docs/performance.md'
const WRITE = '--write'

const benches = new Map(
  FOLDERS.flatMap((folder) => filesIn(folder))
    .filter((path) => path.endsWith(SUFFIX))
    .map((path) => [basename(path, SUFFIX), path]),
)
const [name = '', ...given] = process.argv.slice(2)
const args = given.filter((arg) => arg !== WRITE)
const path = benches.get(name)

if (path === undefined) {
  const complaint = name === '' ? '' : `no benchmark is called "${name}"\n`
  process.stderr.write(`${complaint}usage: npm run bench -- NAME [${WRITE}] [options]\n`)
  for (const known of [...benches.keys()].toSorted()) process.stderr.write(`  ${known}\n`)
  process.exitCode = name === '' ? 0 : 2
} else {
  const nodeFlags = ['--expose-gc', '--import', 'tsx']
  const { exitCode, stdout: body } = await execa(process.execPath, [...nodeFlags, path, ...args], {
    stdin: 'inherit',
    stdout: ['inherit', 'pipe'],
    stderr: 'inherit',
    stripFinalNewline: false,
    reject: false,
  })
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
