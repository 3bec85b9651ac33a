import { readFileSync } from 'node:fs'

import { expect, it } from 'vitest'

import { KNOB_NAMES } from './knobs.ts'

const PAGES = ['mock-server.md', 'compatibility.md']

it('every setting is documented, and every documented flag exists', () => {
  const text = PAGES.map((page) =>
    readFileSync(new URL(`../docs/${page}`, import.meta.url), 'utf8'),
  ).join('\n')
  const flags = KNOB_NAMES.map(
    (name) => `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
  )
  const documented = new Set([...text.matchAll(/`(--[a-z-]+)/g)].map(([, flag]) => flag))
  expect([...documented].toSorted()).toEqual([...flags, '--config'].toSorted())
})
