import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, expect, it } from 'vitest'

import { buildPage } from './build-page.ts'

const folder = mkdtempSync(join(tmpdir(), 'page-'))
const main = join(folder, 'main.js')
const other = join(folder, 'lit.js')

afterAll(() => rmSync(folder, { recursive: true }))

it('npm run build:page replaces a module as a whole when it differs, and removes one without source', async () => {
  await buildPage(folder)
  const built = readFileSync(main, 'utf8')
  const kept = statSync(other)
  writeFileSync(main, '// of an earlier version\n')
  const old = statSync(main).ino
  writeFileSync(join(folder, 'removed.js'), '')

  await buildPage(folder)
  expect(readFileSync(main, 'utf8')).toBe(built)
  // A file of its own: a module that is written in place is empty at first, for a browser too.
  expect(statSync(main).ino).not.toBe(old)
  expect([statSync(other).ino, statSync(other).mtimeMs]).toEqual([kept.ino, kept.mtimeMs])
  expect(existsSync(join(folder, 'removed.js'))).toBe(false)
})
