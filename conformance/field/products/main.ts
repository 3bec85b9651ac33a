import { readdirSync } from 'node:fs'
import { join } from 'node:path'

import { execa } from 'execa'

import { loadTarget } from '../../drivers/load-target.ts'
import { runSuite } from '../../run-suite.ts'
import { productsPage, type ProductColumn } from './products-page.ts'
import { exitCode } from '../../runner/outcome/exit-code.ts'
import { writeText } from '../../cli/write-text.ts'

const FOLDER = 'conformance/targets'
const PAGE = 'docs/products.md'

function print(text: string): void {
  process.stdout.write(text)
}

/**
 * `npm run pages:products`: judges every installed target of `conformance/targets` and writes
 * `docs/products.md`. Exits with 1 when a target contradicts its expectation file, else with 0.
 */
async function main(): Promise<number> {
  const files = readdirSync(FOLDER).filter(
    (name) => name.endsWith('.yaml') && !name.endsWith('.expectations.yaml'),
  )
  const columns: ProductColumn[] = []
  let surprises = 0
  for (const name of files) {
    const target = loadTarget({ source: { kind: 'file', path: join(FOLDER, name) }, print })
    const version = await versionOf(target.file.version)
    if (version === undefined) {
      print(`${target.file.name}: ${target.file.version?.[0] ?? ''} is not installed, left out\n`)
      columns.push({ target, version: 'not installed where this page was written' })
      continue
    }
    const run = await runSuite({
      target,
      selection: { only: [], skip: [], maxIdleSeconds: 0 },
      serial: false,
      onResult: () => {},
    })
    const code = exitCode({ ...run, strict: false })
    surprises += code === 0 ? 0 : 1
    print(`${target.file.name}, ${version}: exit code ${code}\n`)
    columns.push({ target, version, run })
  }
  writeText(PAGE, productsPage(columns))
  print(`${PAGE} is written\n`)
  return surprises === 0 ? 0 : 1
}

/** One line about a program's version. Undefined when it is not installed. */
async function versionOf(command: readonly string[] | undefined): Promise<string | undefined> {
  if (command === undefined) return 'this project'
  const [program = '', ...args] = command
  try {
    const { stdout, stderr } = await execa(program, args)
    return /(?<!\d)\d{1,9}\.\d[\w.+~-]*/.exec(stdout + stderr)?.[0] ?? 'unknown version'
  } catch {
    // Not installed: the page lists it as such.
    return undefined
  }
}

process.exitCode = await main()
