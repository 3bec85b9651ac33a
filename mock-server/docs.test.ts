import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { execa } from 'execa'
import { afterAll, describe, expect, it } from 'vitest'

import { LIMITS } from './content/limits.ts'
import { KNOB_NAMES } from './knobs.ts'
import { serveStore } from './testing/serve-store.ts'
import { flagOf, withSettingsTable } from './testing/settings-table.ts'

const GUIDE = new URL('../docs/mock-server.md', import.meta.url)
const guide = readPage('mock-server.md')
const PAGES = [
  'mock-server.md',
  'faults.md',
  ...['integrator', 'tester', 'library'].map((page) => `mock-server/${page}.md`),
]
const hasCurl = spawnSync('curl', ['--version']).status === 0
const folder = mkdtempSync(join(tmpdir(), 'mock-server-docs-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Blocks of the pages that send requests to a store. */
const blocks = PAGES.flatMap((page) =>
  [...readPage(page).matchAll(/```sh\n([\s\S]*?)```/g)].map(
    ([, text = '']) => [page, text] as const,
  ),
).filter(([, text]) => text.includes('$S'))

/** Programs of the page about the library, without those that are tests themselves. */
const programs = [...readPage('mock-server/library.md').matchAll(/```ts\n([\s\S]*?)```/g)]
  .map(([, text = '']) => text)
  .filter((text) => text.includes("from 'content-store-sse'"))

// curl ends streams (-N) and waits by its timeout and exits with 28. Every other failure is an error
// in the guide.
const SHELL = `set -eu -o pipefail
curl() {
  case " $* " in *" -N "*|*/__mock/wait*) limit=0.5;; *) limit=60;; esac
  command curl -sS --fail-with-body --max-time $limit "$@" || { status=$?; [ $status -eq 28 -a $limit = 0.5 ] || { echo "curl $*" >&2; return $status; }; }
}
`

/** The program with the sources of this folder in place of the package. */
function fromSources(program: string): string {
  return program
    .replace("'content-store-sse'", urlOf('start.ts'))
    .replace("'content-store-sse/follower'", urlOf('follower/change-log-follower.ts'))
}

function urlOf(source: string): string {
  return JSON.stringify(new URL(source, import.meta.url).href)
}

function readPage(name: string): string {
  return readFileSync(new URL(`../docs/${name}`, import.meta.url), 'utf8')
}

async function runBlock(
  block: string,
  url: string,
): Promise<{ readonly code: number | undefined; readonly output: string }> {
  const options = { cwd: folder, env: { S: url }, all: true, reject: false } as const
  const { exitCode, all } = await execa('bash', ['-c', SHELL + block], options)
  return { code: exitCode, output: all }
}

it('docs/mock-server.md lists every setting as it is declared (UPDATE_GOLDEN=yes writes them)', () => {
  const expected = withSettingsTable(guide)
  if (process.env['UPDATE_GOLDEN'] === 'yes') writeFileSync(GUIDE, expected)
  expect(readPage('mock-server.md')).toBe(expected)
})

it('docs of the store: every documented flag exists', () => {
  const text = [...PAGES, 'compatibility.md'].map(readPage).join('')
  const documented = new Set([...text.matchAll(/`(--[a-z-]+)/g)].map(([, flag]) => flag))
  expect([...documented].toSorted()).toEqual([...KNOB_NAMES.map(flagOf), '--config'].toSorted())
})

it('docs/mock-server.md lists every limit of the store with its value', () => {
  const rows = [...guide.matchAll(/^\| `(\w+)` \| (\d+) \|/gm)]
  const documented = rows.map(([, name = '', value]) => [name, Number(value)])
  expect(Object.fromEntries(documented)).toEqual(LIMITS)
})

describe.skipIf(!hasCurl)('the curl lines of the pages (needs curl: apt-get install curl)', () => {
  it.each(blocks.map(([page, block]) => [page, block.slice(0, block.indexOf('\n')), block]))(
    'docs/%s has working curl lines: %s',
    async (_page, _first, block) => {
      await using store = await serveStore()
      const { code, output } = await runBlock(block, store.url)
      expect([code, code === 0 ? '' : output]).toEqual([0, ''])
    },
  )
})

describe('docs/mock-server/library.md', () => {
  const place = mkdtempSync(fileURLToPath(new URL('../.compiled-docs-', import.meta.url)))
  afterAll(() => rmSync(place, { recursive: true }))

  it.each(
    programs.map((program, index) => [program.split('\n')[3] ?? '', program, index] as const),
  )(
    'docs/mock-server/library.md has a working program that begins with: %s',
    async (_line, program, index) => {
      const file = join(place, `program-${index}.ts`)
      writeFileSync(file, fromSources(program))
      await expect(import(file)).resolves.toBeDefined()
    },
  )

  it('docs/mock-server/library.md has programs', () => expect(programs.length).toBeGreaterThan(3))
})
