import { readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'

import { expect, it } from 'vitest'

const FOLDER = fileURLToPath(new URL('.', import.meta.url))
/** Imports of values. Those of types load nothing. */
const IMPORT =
  /^(?:import|export) (?!type\b)[^'"]*?from ['"]([^'"]+)['"]|^import ['"]([^'"]+)['"]/gm

/** What a module loads at its start, directly or not: own modules by path, libraries by name. */
function loadedBy(file: string, loaded = new Set<string>()): ReadonlySet<string> {
  if (loaded.has(file)) return loaded
  loaded.add(file)
  const source = readFileSync(join(FOLDER, file), 'utf8')
  for (const [, from, alone] of source.matchAll(IMPORT)) {
    const name = from ?? alone ?? ''
    if (name.startsWith('.')) loadedBy(normalize(join(dirname(file), name)), loaded)
    else loaded.add(name)
  }
  return loaded
}

it('the store loads no library at its start that it does not need before a request', () => {
  const loaded = loadedBy('program.ts')
  expect([...loaded]).toContain('express')
  expect([...loaded]).toContain('control/routes.ts')
  const late = ['@xmldom/xmldom', 'yaml', 'prom-client', 'pino']
  expect(late.filter((name) => loaded.has(name))).toEqual([])
  expect([...loaded].filter((file) => file.startsWith('learn/'))).toEqual([])
})
