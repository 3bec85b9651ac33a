import { readFileSync } from 'node:fs'

import { expect, test } from 'vitest'

import { generatedPages } from './write-docs.ts'

test.each(Object.entries(generatedPages()))(
  '%s is up to date: npm run conformance -- --write-docs',
  (path, text) => {
    expect(readFileSync(path, 'utf8')).toBe(text)
  },
)
