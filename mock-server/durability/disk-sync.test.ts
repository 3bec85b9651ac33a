import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, expect, it } from 'vitest'

import { until } from '../testing/until.ts'
import { AppendFile } from './append-file.ts'
import type { FsyncMode } from './disk-sync.ts'
import { DiskSync } from './disk-sync.ts'

const folder = mkdtempSync(join(tmpdir(), 'disk-sync-'))
let files = 0
afterAll(() => rmSync(folder, { recursive: true }))

/** A file whose disk ends each turn only when the test says so. */
class SlowFile extends AppendFile {
  readonly turns: ((error: Error | null) => void)[] = []

  constructor() {
    files += 1
    super(join(folder, String(files)))
  }

  override sync(done: (error: Error | null) => void): void {
    this.turns.push(done)
  }
}

/** Records in `seen` how a caller was answered. */
function rig(mode: FsyncMode) {
  const file = new SlowFile()
  const seen: string[] = []
  const sync = new DiskSync(mode, file, ({ message }) => seen.push(`fault: ${message}`))
  const wait = (name: string): void => {
    sync.whenSafe(
      () => seen.push(name),
      ({ message }) => seen.push(`${name} fails: ${message}`),
    )
  }
  return { file, seen, sync, wait }
}

it.each(['never', 'interval'] as const)('DiskSync %s lets no caller wait', (mode) => {
  const { file, seen, sync, wait } = rig(mode)
  sync.written()
  wait('a')
  expect([seen, file.turns.length]).toEqual([['a'], 0])
  sync.flush()
})

it('DiskSync with interval syncs many writes to the disk at once', async () => {
  const { file, sync } = rig('interval')
  for (let n = 0; n < 3; n += 1) sync.written()
  await until(() => file.turns.length > 0, 'a turn of the disk')
  file.turns[0]?.(null)
  sync.flush()
  expect(file.turns).toHaveLength(1)
})

it('DiskSync with always resolves each caller after a sync that began after its write', () => {
  const { file, seen, sync, wait } = rig('always')
  wait('nothing written')
  expect(seen).toEqual(['nothing written'])
  sync.written()
  wait('a')
  wait('read beside a')
  sync.written()
  wait('b')
  wait('c')
  expect([seen.length, file.turns.length]).toEqual([1, 1])
  file.turns[0]?.(null)
  expect([seen.slice(1), file.turns.length]).toEqual([['a', 'read beside a'], 2])
  file.turns[1]?.(null)
  expect(seen.slice(3)).toEqual(['b', 'c'])
  wait('later')
  expect([seen.at(-1), file.turns.length]).toEqual(['later', 2])
})

it('DiskSync with always rejects every caller once the disk has failed, and reports it once', () => {
  const { file, seen, sync, wait } = rig('always')
  sync.written()
  wait('a')
  sync.written()
  wait('b')
  file.turns[0]?.(new Error('EIO'))
  wait('c')
  expect(seen).toEqual(['fault: EIO', 'a fails: EIO', 'b fails: EIO', 'c fails: EIO'])
})
