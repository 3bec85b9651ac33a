import { readFileSync } from 'node:fs'

import { expect, test } from 'vitest'

import { CATALOGUE } from '../checks/catalogue.ts'
import { checkTable } from './check-table.ts'

test('the table of docs/conformance.md is the catalogue: npm run conformance -- --write-docs', () => {
  expect(readFileSync('docs/conformance.md', 'utf8')).toContain(checkTable(CATALOGUE))
})
