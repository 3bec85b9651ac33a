import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, expect, it } from 'vitest'

import { parseConfig } from './config.ts'
import { readScenario } from './scenario/read-scenario.ts'
import { readSeedFile } from './seed-file/seed-file.ts'
import { readSmallFile } from './small-file.ts'
import { readSnapshotFile } from './snapshots/snapshot-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'small-file-'))
const path = join(folder, 'file')
afterAll(() => rmSync(folder, { recursive: true }))

it('readSmallFile reads a file of the most bytes, and refuses one of more with both sizes', () => {
  const text = `${'é'.repeat(1_000_000)}!`
  writeFileSync(path, text)
  expect(readSmallFile(path, 2_000_001)).toBe(text)
  expect(() => readSmallFile(path, 2_000_000)).toThrow(
    'expected at most 2000000 bytes, got 2000001',
  )
})

it('readSmallFile refuses a device that never ends', () => {
  expect(() => readSmallFile('/dev/zero', 5_000_000)).toThrow(
    'expected at most 5000000 bytes, got more',
  )
})

it.each([
  ['a seed file', 33_554_432, readSeedFile],
  ['a snapshot file', 400_000_000, readSnapshotFile],
  ['a scenario', 4_194_304, readScenario],
  ['a file of settings', 65_536, (file: string) => parseConfig(['--config', file], {})],
] as const)('%s of more than %i bytes is refused', (_, bytes, read) => {
  writeFileSync(path, '')
  // A file with a hole: it takes no room.
  truncateSync(path, bytes + 1)
  expect(() => read(path)).toThrow(`expected at most ${bytes} bytes, got ${bytes + 1}`)
})
