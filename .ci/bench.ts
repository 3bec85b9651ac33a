import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'

/** `npm run bench -- NAME …` runs the one `NAME.bench.ts` in a folder's `bench/`; without a name it lists them. */
const FOLDERS = ['mock-server/bench', 'proxy/bench', 'load/bench']
const SUFFIX = '.bench.ts'

const benches = new Map(
  FOLDERS.flatMap((folder) => filesIn(folder))
    .filter((path) => path.endsWith(SUFFIX))
    .map((path) => [basename(path, SUFFIX), path]),
)
const [name, ...args] = process.argv.slice(2)
const path = name === undefined ? undefined : benches.get(name)

if (path === undefined) {
  const complaint = name === undefined ? '' : `no benchmark is called "${name}"\n`
  process.stderr.write(`${complaint}usage: npm run bench -- NAME [options]\n`)
  for (const known of [...benches.keys()].toSorted()) process.stderr.write(`  ${known}\n`)
  process.exitCode = name === undefined ? 0 : 2
} else {
  const nodeFlags = ['--expose-gc', '--import', 'tsx']
  const child = spawn(process.execPath, [...nodeFlags, path, ...args], { stdio: 'inherit' })
  child.once('exit', (code) => {
    process.exitCode = code ?? 70
  })
}

function filesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).map((file) => join(folder, file))
  } catch {
    return [] // A folder without benchmarks has no bench/.
  }
}
