import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import request from 'supertest'
import { afterAll, describe, expect, it } from 'vitest'

import type { StoreControl } from '../control/store-control.ts'
import type { MockContentStore } from '../start.ts'
import { startMockContentStore } from '../start.ts'

const folder = mkdtempSync(join(tmpdir(), 'kept-snapshots-'))
let folders = 0
afterAll(() => rmSync(folder, { recursive: true }))

function newFolder(): string {
  folders += 1
  return join(folder, String(folders))
}

async function start(dataDir: string): Promise<MockContentStore> {
  return startMockContentStore({ dataDir, fsync: 'never', space: ['one'] })
}

function reports({ snapshots }: StoreControl) {
  return snapshots.list().map(({ name, savedAt, changeId, items, bytes }) => {
    return { name, savedAt, changeId, items, bytes }
  })
}

describe.each([
  ['the default space', (store: MockContentStore) => store.control, 'main'],
  ['a named space', ({ spaces }: MockContentStore) => spaces.get('one').control, 'spaces/one'],
])('a snapshot of %s with --data-dir', (_, controlOf, place) => {
  const pathOf = (dataDir: string): string => {
    const at = join(dataDir, place, 'snapshots')
    return join(at, readdirSync(at)[0] ?? '')
  }

  it('a kept snapshot is listed and restored after a restart', async () => {
    const dataDir = newFolder()
    const first = await start(dataDir)
    const control = controlOf(first)
    control.updateItem(801, { title: 'First' })
    control.snapshots.save('z')
    control.updateItem(801, { title: 'Second' })
    control.snapshots.save('a')
    control.snapshots.save('gone')
    control.snapshots.delete('gone')
    control.updateItem(801, { title: 'Third' })
    const before = reports(control)
    await first.close()
    await using second = await start(dataDir)
    const again = controlOf(second)
    expect(reports(again)).toEqual(before)
    expect(before.map(({ name }) => name)).toEqual(['z', 'a'])
    again.snapshots.restore('z')
    expect(again.item(801).title).toBe('First')
    again.snapshots.get('a').restore()
    expect(again.item(801).title).toBe('Second')
    expect(() => again.snapshots.save('a')).toThrow('there is a snapshot "a"')
    again.snapshots.save('last')
    expect(reports(again).map(({ name }) => name)).toEqual(['z', 'a', 'last'])
  })

  it('a kept snapshot has its uploaded files after a restart', async () => {
    const dataDir = newFolder()
    const first = await start(dataDir)
    const base = place === 'main' ? '' : '/space/one'
    const upload = await request(first.url + base)
      .post('/webservice/escenic/binary')
      .auth('user', 'password')
      .set('content-type', 'image/png')
      .send(Buffer.from('the bytes'))
    controlOf(first).snapshots.save('with-a-file')
    controlOf(first).reset()
    await first.close()
    await using second = await start(dataDir)
    controlOf(second).snapshots.restore('with-a-file')
    expect(upload.status).toBe(201)
    const path = new URL(upload.headers['location'] ?? '').pathname
    const { body } = await request(second.url).get(path).auth('user', 'password')
    expect(String(body)).toBe('the bytes')
  })

  it('a kept snapshot that was being written when the store was killed is not there', async () => {
    const dataDir = newFolder()
    const first = await start(dataDir)
    controlOf(first).snapshots.save('whole')
    await first.close()
    const path = pathOf(dataDir)
    writeFileSync(path.replace(/1-whole/, '2-torn') + '.new', readFileSync(path).subarray(0, 300))
    await using second = await start(dataDir)
    expect(reports(controlOf(second)).map(({ name }) => name)).toEqual(['whole'])
    expect(readdirSync(join(dataDir, place, 'snapshots'))).toEqual(['1-whole.snapshot'])
  })

  it('a kept snapshot whose file is damaged is not restored, and the content stays', async () => {
    const dataDir = newFolder()
    const first = await start(dataDir)
    controlOf(first).snapshots.save('damaged')
    controlOf(first).updateItem(801, { title: 'Later' })
    await first.close()
    const path = pathOf(dataDir)
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll('Harbour', 'Harvest'))
    await using second = await start(dataDir)
    expect(() => controlOf(second).snapshots.restore('damaged')).toThrow(
      `cannot restore ${path}: it is damaged`,
    )
    expect(controlOf(second).item(801).title).toBe('Later')
    controlOf(second).snapshots.delete('damaged')
    expect(readdirSync(join(dataDir, place, 'snapshots'))).toEqual([])
  })

  it.each([
    ['no file', (path: string) => mkdirSync(path), 'EISDIR'],
    ['no snapshot', (path: string) => writeFileSync(path, '{}'), 'expected the file of a snapshot'],
  ])('a store does not start with a kept snapshot that is %s, and names it', async (...row) => {
    const [, replace, reason] = row
    const dataDir = newFolder()
    const first = await start(dataDir)
    controlOf(first).snapshots.save('a')
    await first.close()
    const path = pathOf(dataDir)
    rmSync(path)
    replace(path)
    const again = start(dataDir)
    await expect(again).rejects.toMatchObject({ code: 'bad-data' })
    await expect(again).rejects.toThrow(path)
    await expect(again).rejects.toThrow(reason)
    // Its lock was given back.
    rmSync(path, { recursive: true })
    await (await start(dataDir)).close()
  })

  it('a store does not start with a folder of snapshots that cannot be read', async () => {
    const dataDir = newFolder()
    await (await start(dataDir)).close()
    const at = join(dataDir, place, 'snapshots')
    rmSync(at, { recursive: true, force: true })
    writeFileSync(at, '')
    const again = start(dataDir)
    await expect(again).rejects.toMatchObject({ code: 'bad-data' })
    await expect(again).rejects.toThrow(`dataDir: cannot read ${at}: ENOTDIR`)
  })

  it('a snapshot that cannot be written to its folder is not listed', async () => {
    const dataDir = newFolder()
    await using store = await start(dataDir)
    const at = join(dataDir, place, 'snapshots')
    rmSync(at, { recursive: true, force: true })
    writeFileSync(at, '')
    expect(() => controlOf(store).snapshots.save('a')).toThrow('dataDir: cannot write')
    expect(controlOf(store).snapshots.list()).toEqual([])
  })
})
