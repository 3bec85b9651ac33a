import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'

const root = fileURLToPath(new URL('..', import.meta.url))
const oxlint = join(root, 'node_modules/.bin/oxlint')

/** The lint must report the file of each, else the fence has a gap. */
const FORBIDDEN: readonly (readonly [file: string, statement: string])[] = [
  ['mock-server/planted.ts', `import '../proxy/start.ts'`],
  ['mock-server/planted.ts', `import '../conformance/main.ts'`],
  ['mock-server/planted.ts', `import '../load/run.ts'`],
  ['mock-server/planted.ts', `await import('../tools/demo/run-demo.ts')`],
  ['mock-server/routes/planted.ts', `import '../../proxy/start.ts'`],
  ['mock-server/planted.test.ts', `import '../proxy/start.ts'`],
  ['mock-server/planted.ts', `import '../mock-server/../proxy/start.ts'`],
  ['mock-server/planted.ts', `import './../proxy/start.ts'`],
  ['mock-server/planted.ts', `export * from '../proxy/start.ts'`],
  ['proxy/planted.ts', `import '../mock-server/start.ts'`],
  ['proxy/planted.ts', `import '../conformance/main.ts'`],
  ['proxy/planted.ts', `import '../load/run.ts'`],
  ['proxy/planted.ts', `import 'express'`],
  ['proxy/planted.test.ts', `import 'express'`],
  ['proxy/planted.test.ts', `import '../mock-server/start.ts'`],
  ['proxy/planted.ts', `import '../fixtures/read-fixture.ts'`],
  ['proxy/sse/planted.ts', `import '#fixtures/read-fixture.ts'`],
  ['proxy/planted.ts', `await import('../mock-server/start.ts')`],
  ['proxy/testing/planted.ts', `import '../../mock-server/start.ts'`],
  ['conformance/planted.ts', `import '../proxy/start.ts'`],
  ['conformance/planted.ts', `import '../mock-server/start.ts'`],
  ['conformance/planted.ts', `import './proof/mutants/mutants.ts'`],
  ['conformance/report/planted.ts', `import '../field/products/products-page.ts'`],
  ['conformance/proof/planted.test.ts', `import '../../proxy/start.ts'`],
  ['conformance/planted.ts', `import type { X } from '../load/run.ts'`],
  ['load/scenarios/planted.ts', `import '../../proxy/start.ts'`],
  ['load/scenarios/planted.ts', `import 'node:fs'`],
  ['load/lib/planted.ts', `import 'node:fs'`],
  ['load/lib/planted.ts', `import '../../conformance/wire/event-reader.ts'`],
  ['load/planted.ts', `import '../mock-server/start.ts'`],
  ['tools/planted.ts', `import '../mock-server/start.ts'`],
  ['tools/planted.ts', `import '../proxy/embedded.ts'`],
  ['tools/demo/planted.ts', `import '../../proxy/start.ts'`],
  ['tools/demo/planted.ts', `import '../../mock-server/content/embedded.ts'`],
  ['tools/demo/planted.ts', `import '../../conformance/embedded.ts'`],
  ['tools/planted.test.ts', `import '../conformance/main.ts'`],
  ['fixtures/planted.ts', `import '../proxy/start.ts'`],
]

/** Legitimate imports that resemble the forbidden ones: the fence must allow them. */
const ALLOWED: readonly (readonly [file: string, statement: string])[] = [
  ['mock-server/planted.ts', `import '../fixtures/read-fixture.ts'`],
  ['mock-server/planted.ts', `import 'express'`],
  ['mock-server/routes/planted.ts', `import '../content/store.ts'`],
  ['proxy/planted.test.ts', `import '../fixtures/read-fixture.ts'`],
  ['proxy/planted.ts', `import 'node:net'`],
  ['conformance/proof/planted.test.ts', `import '../../fixtures/read-fixture.ts'`],
  ['conformance/proof/planted.ts', `import '../field/products/products-page.ts'`],
  ['load/runner/planted.ts', `import 'node:fs'`],
  ['load/lib/planted.test.ts', `import 'node:fs'`],
  ['load/scenarios/planted.ts', `import 'k6/x/ssefleet'`],
  ['tools/demo/planted.ts', `import '../../fixtures/read-fixture.ts'`],
  ['tools/demo/planted.ts', `import '../../mock-server/embedded.ts'`],
  ['tools/demo/planted.ts', `await import('../../proxy/embedded.ts')`],
]

const report = z.object({
  diagnostics: z.array(z.object({ code: z.string(), filename: z.string() })),
})

describe('the import fence', () => {
  let fence: string
  let complaints: ReadonlySet<string>

  /**
   * Writes each import into its own file, and lints all files in one run, because a run costs more
   * than a file.
   */
  beforeAll(async () => {
    fence = mkdtempSync(join(tmpdir(), 'fence-'))
    const config: unknown = JSON.parse(readFileSync(join(root, '.oxlintrc.json'), 'utf8'))
    // The rules need no types. Without them the lint takes milliseconds per file.
    const untyped = { ...z.record(z.string(), z.unknown()).parse(config), options: {} }
    writeFileSync(join(fence, '.oxlintrc.json'), JSON.stringify(untyped))
    cpSync(join(root, 'package.json'), join(fence, 'package.json'))
    for (const [file, statement] of [...FORBIDDEN, ...ALLOWED]) plant(file, statement)
    complaints = await lintedFiles()
  })
  afterAll(() => rmSync(fence, { recursive: true }))

  it.each(FORBIDDEN)('the import fence refuses in %s: %s', (file, statement) => {
    expect([...complaints]).toContain(pathOf(file, statement))
  })

  it.each(ALLOWED)('the import fence allows in %s: %s', (file, statement) => {
    expect([...complaints]).not.toContain(pathOf(file, statement))
  })

  function plant(file: string, statement: string): void {
    const path = join(fence, pathOf(file, statement))
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, `${statement}\n`)
  }

  /** Files that the lint reports for a restricted import. */
  async function lintedFiles(): Promise<ReadonlySet<string>> {
    const options = { cwd: fence, reject: false } as const
    const { stdout } = await execa(oxlint, ['--format', 'json', '.'], options)
    return new Set(
      report
        .parse(JSON.parse(stdout))
        .diagnostics.filter(({ code }) => code.includes('no-restricted-imports'))
        .map(({ filename }) => filename),
    )
  }
})

/** `proxy/planted.ts` becomes `proxy/planted-7.ts` for the statement with number 7. */
function pathOf(file: string, statement: string): string {
  const number = [...FORBIDDEN, ...ALLOWED].findIndex(
    (planted) => planted[0] === file && planted[1] === statement,
  )
  return file.replace('planted', `planted-${number}`)
}
