import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { execa } from 'execa'
import { afterAll, describe, expect, it } from 'vitest'

import { LIMITS } from './content/limits.ts'
import { KNOB_NAMES } from './knobs.ts'
import { serveStore } from './testing/serve-store.ts'

const guide = readPage('mock-server.md')
const hasCurl = spawnSync('curl', ['--version']).status === 0
const folder = mkdtempSync(join(tmpdir(), 'mock-server-docs-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Blocks of the guide that send requests to a store. */
const blocks = [...(guide + readPage('faults.md')).matchAll(/```sh\n([\s\S]*?)```/g)]
  .map(([, text = '']) => text)
  .filter((text) => text.includes('$S'))

// curl ends streams (-N) and waits by its timeout and exits with 28. Every other failure is an error
// in the guide.
const SHELL = `set -eu -o pipefail
curl() {
  case " $* " in *" -N "*|*/__mock/wait*) limit=0.5;; *) limit=60;; esac
  command curl -sS --fail-with-body --max-time $limit "$@" || { status=$?; [ $status -eq 28 -a $limit = 0.5 ] || { echo "curl $*" >&2; return $status; }; }
}
`

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

it('docs of the store: every setting is documented and every documented flag exists', () => {
  const text = guide + readPage('compatibility.md')
  const flags = KNOB_NAMES.map(
    (name) => `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
  )
  const documented = new Set([...text.matchAll(/`(--[a-z-]+)/g)].map(([, flag]) => flag))
  expect([...documented].toSorted()).toEqual([...flags, '--config'].toSorted())
})

it('docs/mock-server.md lists every limit of the store with its value', () => {
  const rows = [...guide.matchAll(/^\| `(\w+)` \| (\d+) \|/gm)]
  const documented = rows.map(([, name = '', value]) => [name, Number(value)])
  expect(Object.fromEntries(documented)).toEqual(LIMITS)
})

describe.skipIf(!hasCurl)(
  'the curl lines of docs/mock-server.md (needs curl: apt-get install curl)',
  () => {
    it.each(blocks.map((block) => [block.slice(0, block.indexOf('\n')), block]))(
      'docs/mock-server.md has working curl lines: %s',
      async (_first, block) => {
        await using store = await serveStore()
        const { code, output } = await runBlock(block, store.url)
        expect([code, code === 0 ? '' : output]).toEqual([0, ''])
      },
    )
  },
)
