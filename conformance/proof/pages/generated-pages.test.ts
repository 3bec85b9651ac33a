import { readFileSync } from 'node:fs'

import { expect, test } from 'vitest'

import { generatedPages } from './generated-pages.ts'

test.each(Object.entries(generatedPages()))(
  '%s is up to date: npm run pages:checks',
  (path, text) => {
    expect(readFileSync(path, 'utf8')).toBe(text)
  },
)
