import { spawnSync } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { MockContentStore, MockContentStoreOptions } from '../start.ts'
import { startMockContentStore } from '../start.ts'
import { RunningProgram } from '../testing/run-program.ts'
import { StreamReader } from '../testing/stream-reader.ts'
import { encodeLine } from './line.ts'

const folder = mkdtempSync(join(tmpdir(), 'data-dir-'))
/** A folder with two changes, of a store that has stopped. */
const made = join(folder, 'made')
const JOURNAL = join('main', 'journal-1.log')
let copies = 0

beforeAll(async () => {
  await using store = await start(made)
  store.control.createItem({ sectionId: 22, title: 'Kept' })
  store.control.updateItem(801, { title: 'Kept, too' })
})
afterAll(() => rmSync(folder, { recursive: true }))

async function start(
  dataDir: string,
  options: MockContentStoreOptions = {},
): Promise<MockContentStore> {
  return startMockContentStore({ dataDir, fsync: 'never', ...options })
}

function copy(): string {
  copies += 1
  const path = join(folder, `copy-${copies}`)
  cpSync(made, path, { recursive: true })
  return path
}

describe('--data-dir', () => {
  it('--data-dir keeps the content of a stopped store, and ids continue', async () => {
    const dataDir = copy()
    await using store = await start(dataDir)
    expect(store.control.item(802).title).toBe('Kept')
    expect(store.control.item(801).title).toBe('Kept, too')
    expect(store.control.createItem({ sectionId: 22, title: 'A' }).item.id).toBe(803)
    expect(store.control.info().kept).toEqual({
      folder: join(dataDir, 'main'),
      fsync: 'never',
      effects: 3,
      tornBytes: 0,
    })
  })

  it('--data-dir keeps a reset, and no id of before the reset is used again', async () => {
    const dataDir = copy()
    const first = await start(dataDir)
    first.control.reset()
    const { changeId } = first.control.info()
    await first.close()
    await using second = await start(dataDir)
    expect(second.control.item(801).title).toBe('Harbour reopens')
    expect(second.control.info().changeId).toBe(changeId)
    expect(second.control.createItem({ sectionId: 22, title: 'A' }).item.id).toBe(803)
  })

  it('a store with --data-dir replays to a client that resumes with an event id of an earlier run', async () => {
    const dataDir = copy()
    const settings = { ids: true, replay: true, announce: ['section'] } as const
    const first = await start(dataDir, settings)
    const { change } = first.control.updateItem(801, { title: 'B' })
    first.control.updateItem(801, { title: 'C' })
    await first.close()
    await using second = await start(dataDir, settings)
    await using stream = await StreamReader.open(`${second.url}/webservice/escenic/changelog/sse`, {
      headers: { 'last-event-id': `${change.id}-1` },
    })
    await stream.until(({ data }) => data.length > 0, 'the change that the client missed')
    expect(stream.data).toEqual([`${second.url}/webservice/escenic/changelog/section/12`])
  })

  it('--data-dir refuses a second store on the same folder, and names the process that has it', async () => {
    const dataDir = copy()
    await using first = await start(dataDir)
    await expect(start(first.control.info().settings.dataDir)).rejects.toThrow(
      `dataDir: ${dataDir} is in use by process ${process.pid}; stop it, or choose another folder`,
    )
  })

  it.each([
    ['a process that has ended', { pid: 4_000_000, began: null }],
    ['an earlier process with the same id', { pid: process.pid, began: 'another boot 1' }],
  ])('--data-dir takes over the lock of %s', async (_, owner) => {
    const dataDir = copy()
    writeFileSync(join(dataDir, 'lock'), JSON.stringify(owner))
    await using store = await start(dataDir)
    expect(store.control.item(802).title).toBe('Kept')
    expect(readFileSync(join(dataDir, 'lock'), 'utf8')).toContain(`"pid":${process.pid}`)
  })

  it('--data-dir cuts off a last write that never finished, and reports its size', async () => {
    const dataDir = copy()
    const path = join(dataDir, JOURNAL)
    const bytes = readFileSync(path)
    writeFileSync(path, bytes.subarray(0, bytes.length - 5))
    const lastLine = bytes.subarray(bytes.subarray(0, -1).lastIndexOf('\n') + 1)
    const store = await start(dataDir)
    expect(store.control.item(802).title).toBe('Kept')
    expect(store.control.item(801).title).toBe('Harbour reopens')
    expect(store.control.info().kept?.tornBytes).toBe(lastLine.length - 5)
    // What is written next takes its place.
    store.control.updateItem(801, { title: 'Written next' })
    await store.close()
    await using next = await start(dataDir)
    expect(next.control.item(801).title).toBe('Written next')
    expect(next.control.info().kept?.tornBytes).toBe(0)
  })

  it.each(['journal', 'checkpoint'])(
    '--data-dir refuses a damaged %s with the offset, and leaves the folder unchanged',
    async (kind) => {
      const dataDir = copy()
      const path = join(dataDir, 'main', `${kind}-1.log`)
      const bytes = readFileSync(path)
      const offset = bytes.indexOf('\n') + 1
      bytes[offset + 30] = (bytes[offset + 30] ?? 0) ^ 1
      writeFileSync(path, bytes)
      await expect(start(dataDir)).rejects.toThrow(
        `dataDir: ${path} is damaged at byte ${offset}: the line there does not fit its checksum`,
      )
      expect(readFileSync(path)).toEqual(bytes)
      // The lock is given back.
      await expect(start(dataDir)).rejects.toThrow(`is damaged at byte ${offset}`)
    },
  )

  it('--data-dir refuses a journal in which a line is missing', async () => {
    const dataDir = copy()
    const path = join(dataDir, JOURNAL)
    const [head = '', , second = ''] = readFileSync(path, 'utf8').split('\n')
    writeFileSync(path, `${head}\n${second}\n`)
    await expect(start(dataDir)).rejects.toThrow(
      `is damaged at byte ${head.length + 1}: line 1 is missing, and line 2 follows`,
    )
  })

  it('--data-dir refuses a checkpoint without its end, and a journal without its checkpoint', async () => {
    const dataDir = copy()
    const path = join(dataDir, 'main', 'checkpoint-1.log')
    const lines = readFileSync(path, 'utf8').split('\n')
    const cut = `${lines.slice(0, -2).join('\n')}\n`
    writeFileSync(path, cut)
    await expect(start(dataDir)).rejects.toThrow(
      `${path} ends at byte ${Buffer.byteLength(cut)}, before its last line`,
    )
    rmSync(path)
    await expect(start(dataDir)).rejects.toThrow('has a journal and no checkpoint')
  })

  it('--data-dir refuses a folder of another format version and names it', async () => {
    const dataDir = copy()
    const head = { format: 'mock-content-store', version: 2, kind: 'checkpoint', number: 1 }
    writeFileSync(join(dataDir, 'main', 'checkpoint-1.log'), encodeLine(0, head))
    await expect(start(dataDir)).rejects.toThrow(
      'has format version 2, and this store reads version 1',
    )
  })

  it('--data-dir refuses a folder that it cannot create', async () => {
    const path = join(folder, 'a-file')
    writeFileSync(path, '')
    await expect(start(join(path, 'data'))).rejects.toThrow(`dataDir: cannot write ${path}/data`)
  })

  it('--data-dir refuses a path on a file system that takes no new folders', async () => {
    await expect(start('/proc/none/data')).rejects.toThrow('dataDir: cannot write /proc/none/data')
  })

  it('a start with --data-dir removes uploads that no item can use after a reset', async () => {
    const dataDir = copy()
    mkdirSync(join(dataDir, 'main', 'files'), { recursive: true })
    writeFileSync(join(dataDir, 'main', 'files', 'left.bin'), 'left')
    await using store = await start(dataDir)
    expect(store.control.info().binaries.files).toBe(0)
    expect(() => statSync(join(dataDir, 'main', 'files', 'left.bin'))).toThrow('ENOENT')
  })
})

it('a store whose disk is full answers changes with 507, still answers reads, and recovers', async () => {
  const dataDir = copy()
  await using program = new RunningProgram('main.ts', ['--port', '0', '--data-dir', dataDir])
  const url = await program.printed(/listening on (\S+)\n/)
  // As a quota does, this stops a write in the middle.
  const limit = (bytes: string): void => {
    const limited = spawnSync('prlimit', [`--pid=${program.pid}`, `--fsize=${bytes}`])
    if (limited.status !== 0) throw new Error(String(limited.stderr))
  }
  const patch = async (title: string): Promise<number> => {
    const response = await fetch(`${url}/__mock/items/801`, {
      method: 'PATCH',
      body: JSON.stringify({ title }),
    })
    return response.status
  }
  const titleOf = async (): Promise<string> => {
    const { item } = Object(await (await fetch(`${url}/__mock/items/801`)).json())
    return String(Object(item).title)
  }
  const size = statSync(join(dataDir, JOURNAL)).size
  limit(`${size + 100}:unlimited`)
  expect([await patch('Refused'), await titleOf()]).toEqual([507, 'Kept, too'])
  const reset = await fetch(`${url}/__mock/reset`, { method: 'POST', body: '{}' })
  expect([reset.status, await titleOf()]).toEqual([507, 'Kept, too'])
  expect(await reset.text()).toContain('there is no room left to write')
  limit('unlimited:unlimited')
  expect([await patch('Kept again'), await titleOf()]).toEqual([200, 'Kept again'])
  program.signal('SIGKILL')
  await program.exited()
  await using store = await start(dataDir)
  expect(store.control.item(801).title).toBe('Kept again')
  expect(store.control.info().kept).toMatchObject({ effects: 3, tornBytes: 0 })
})
