import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import request from 'supertest'
import { afterAll, describe, expect, it } from 'vitest'

import { demoSeed } from '../content/seed.ts'
import type { MockContentStore, MockContentStoreOptions } from '../start.ts'
import { startMockContentStore } from '../start.ts'

const folder = mkdtempSync(join(tmpdir(), 'kept-spaces-'))
let folders = 0
afterAll(() => rmSync(folder, { recursive: true }))

function newFolder(): string {
  folders += 1
  return join(folder, String(folders))
}

async function start(
  dataDir: string,
  options: MockContentStoreOptions = {},
): Promise<MockContentStore> {
  return startMockContentStore({ dataDir, fsync: 'never', ...options })
}

describe('a named space with --data-dir', () => {
  it('a kept space has its content, hosts and ids again after a restart', async () => {
    const dataDir = newFolder()
    const first = await start(dataDir)
    const made = { hosts: ['one.example'], sseEndpoint: 'http://proxy.example/sse' }
    const one = first.spaces.create('one', made)
    const { change } = one.control.updateItem(801, { title: 'Kept in one' })
    first.spaces.create('two')
    await first.close()
    await using second = await start(dataDir)
    expect(second.spaces.list().map(({ name, createdAt }) => [name, createdAt])).toEqual([
      ['one', one.createdAt],
      ['two', expect.any(String)],
    ])
    const { control, hosts } = second.spaces.get('one')
    expect(hosts).toEqual(['one.example'])
    expect(control.item(801).title).toBe('Kept in one')
    expect(second.control.item(801).title).toBe('Harbour reopens')
    expect(control.createItem({ sectionId: 22, title: 'A' }).change.id).toBe(change.id + 1)
    expect(control.info()).toMatchObject({
      kept: { folder: join(dataDir, 'spaces', 'one'), effects: 2 },
      settings: { sseEndpoint: 'http://proxy.example/sse' },
    })
    const byHost = request(second.url).get('/__mock/items/801').set('Host', 'one.example')
    expect((await byHost).body.item.title).toBe('Kept in one')
  })

  it('a kept space is reset to its own seed after a restart', async () => {
    const dataDir = newFolder()
    const seed = demoSeed()
    const items = seed.items.map((item) =>
      item.id === 801 ? { ...item, title: 'Of its own seed' } : item,
    )
    const first = await start(dataDir)
    const { control } = first.spaces.create('one', { seed: { ...seed, items } })
    control.updateItem(801, { title: 'Edited' })
    await first.close()
    await using second = await start(dataDir)
    const again = second.spaces.get('one').control
    expect(again.item(801).title).toBe('Edited')
    again.reset()
    expect(again.item(801).title).toBe('Of its own seed')
  })

  it('a kept space stays deleted, and a new one with its name has the content of the seed', async () => {
    const dataDir = newFolder()
    const first = await start(dataDir)
    for (const name of ['one', 'two'])
      first.spaces.create(name).control.updateItem(801, { title: 'Old' })
    first.spaces.delete('one')
    first.spaces.delete('two')
    first.spaces.create('two')
    await first.close()
    expect(readdirSync(join(dataDir, 'spaces'))).toEqual(['two'])
    await using second = await start(dataDir)
    expect(second.spaces.list().map(({ name }) => name)).toEqual(['two'])
    expect(second.spaces.get('two').control.item(801).title).toBe('Harbour reopens')
  })

  it('a kept space of --space is created only once', async () => {
    const dataDir = newFolder()
    const first = await start(dataDir, { space: ['one'] })
    first.spaces.get('one').control.updateItem(801, { title: 'Kept' })
    await first.close()
    await using second = await start(dataDir, { space: ['one', 'two'] })
    expect(second.spaces.get('one').control.item(801).title).toBe('Kept')
    expect(second.spaces.list().map(({ name }) => name)).toEqual(['one', 'two'])
  })

  it('a space whose creation was interrupted is not there, and its name is free', async () => {
    const dataDir = newFolder()
    const first = await start(dataDir)
    first.spaces.create('one')
    await first.close()
    rmSync(join(dataDir, 'spaces', 'one', 'space.json'))
    await using second = await start(dataDir)
    expect(second.spaces.list()).toEqual([])
    expect(existsSync(join(dataDir, 'spaces', 'one'))).toBe(false)
    second.spaces.create('one')
  })

  it('a kept space cannot be created or deleted when its folder cannot be written, and nothing changes', async () => {
    const dataDir = newFolder()
    await using store = await start(dataDir)
    store.spaces.create('one')
    // A file where the folder must be, so that it fails for every user.
    writeFileSync(join(dataDir, 'spaces', 'two'), '')
    rmSync(join(dataDir, 'spaces', 'one', 'space.json'))
    mkdirSync(join(dataDir, 'spaces', 'one', 'space.json', 'x'), { recursive: true })
    const { status, body } = await request(store.url).delete('/__mock/spaces/one')
    expect([status, body.title]).toEqual([503, 'cannot-write'])
    expect(store.spaces.get('one').control.item(801).title).toBe('Harbour reopens')
    rmSync(join(dataDir, 'spaces'), { recursive: true })
    writeFileSync(join(dataDir, 'spaces'), '')
    const refused = await request(store.url).post('/__mock/spaces').send({ name: 'three' })
    expect([refused.status, refused.body.title]).toEqual([503, 'cannot-write'])
    expect(store.spaces.list().map(({ name }) => name)).toEqual(['one'])
  })

  it.each([
    ['no JSON', '{', 'is damaged'],
    ['another version', '{"format":"mock-content-store space","version":2}', 'version 2'],
  ])(
    'a store does not start with a space whose description is %s, and names the file',
    async (...row) => {
      const [, text, message] = row
      const dataDir = newFolder()
      const first = await start(dataDir)
      first.spaces.create('one')
      await first.close()
      const path = join(dataDir, 'spaces', 'one', 'space.json')
      writeFileSync(path, text)
      const again = start(dataDir)
      await expect(again).rejects.toThrow(path)
      await expect(again).rejects.toThrow(message)
      // The lock was given back.
      rmSync(join(dataDir, 'spaces', 'one'), { recursive: true })
      await (await start(dataDir)).close()
    },
  )
})
