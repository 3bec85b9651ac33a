import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import request from 'supertest'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'

import { LIMITS } from '../content/limits.ts'
import type { MockContentStore } from '../start.ts'
import { readFeed } from '../testing/read-feed.ts'
import { serveStore, TEST_LOGIN } from '../testing/serve-store.ts'
import { StreamReader } from '../testing/stream-reader.ts'

const SERVICE = '/webservice/escenic'
const LOG = `${SERVICE}/changelog/publication/1`
const folder = mkdtempSync(join(tmpdir(), 'mock-server-snapshots-'))
const store: MockContentStore = await serveStore()
afterAll(async () => {
  await store.close()
  rmSync(folder, { recursive: true })
})

async function get(path: string, { url }: MockContentStore = store) {
  return request(url)
    .get(path)
    .auth(...TEST_LOGIN)
}

/** What a client sees, without the ids and ETags that a restore changes. */
async function visible(of: MockContentStore = store): Promise<unknown> {
  const { control } = of
  const logs = ['publication/1', 'section/12', 'section/22', 'list/61', 'person/1'].map(
    async (name) => {
      const { text } = await get(`${SERVICE}/changelog/${name}?count=100`, of)
      return [...text.matchAll(/<dcterms:identifier>(\d+)</g)].map(([, id]) => id)
    },
  )
  const items = [790, 791, 795, 798, 800, 801, 802, 803].map(async (id) => {
    const { status, text } = await get(`${SERVICE}/content/${id}`, of)
    return status === 200 ? text.replaceAll(of.url, '') : status
  })
  return {
    logs: await Promise.all(logs),
    items: await Promise.all(items),
    sections: control.sections(),
    lists: control.lists(),
    persons: (await get(`${SERVICE}/person`, of)).text.replaceAll(of.url, ''),
    locks: (await get(`${SERVICE}/lock/article/801`, of)).text.replaceAll(of.url, ''),
    live: (await get('/live-center-editorial/event/18/entries', of)).body.entries.map(
      ({ id, payload }: { id: string; payload: object }) => [id, payload],
    ),
  }
}

/** Changes one thing of every kind. */
async function changeEverything(deleted = 790, locked = 801): Promise<void> {
  const { control } = store
  control.updateItem(801, { title: 'Changed', sectionIds: [22] })
  control.createItem({ sectionId: 12, fields: { title: 'New' } })
  control.deleteItem(deleted)
  control.setListItems(61, [deleted, 795])
  control.addSections({ name: 'New' })
  const post = (path: string, type: string, body: string) =>
    request(store.url)
      .post(path)
      .auth(...TEST_LOGIN)
      .set('Content-Type', type)
      .send(body)
      .expect(201)
  const lock =
    '<entry xmlns="http://www.w3.org/2005/Atom"><title>L</title><summary>Mine</summary></entry>'
  await post(`${SERVICE}/lock/article/${locked}`, 'application/atom+xml', lock)
  await post(`${SERVICE}/binary`, 'image/png', 'bytes')
  await post('/live-center-editorial/event/18/entries', 'application/json', '{"tags":["x"]}')
}

beforeEach(() => {
  store.control.reset()
  for (const { name } of store.control.snapshots.list()) store.control.snapshots.delete(name)
})

describe('snapshots', () => {
  it('a restored content is the saved one in every part', async () => {
    await changeEverything()
    const saved = await visible()
    store.control.snapshots.save('s')
    await changeEverything(791, 800)
    expect(await visible()).not.toEqual(saved)
    store.control.snapshots.restore('s')
    expect(await visible()).toEqual(saved)
  })

  it('change ids keep increasing after a restore, and an old previous link shows every item', async () => {
    const { control } = store
    control.snapshots.save('s')
    control.updateItem(801, { title: 'Changed' })
    const before = control.info().changeId
    const kept = readFeed((await get(LOG)).text).links.get('previous') ?? ''
    const { etag } = (await get(`${SERVICE}/content/801`)).headers
    control.snapshots.restore('s')
    const page = await get(kept.slice(store.url.length).replace(/count=\d+/, 'count=100'))
    const ids = [...page.text.matchAll(/<dcterms:identifier>(\d+)</g)].map(([, id]) => Number(id))
    expect(ids).toHaveLength(20)
    expect(control.item(801)).toMatchObject({ title: 'Harbour reopens' })
    for (const id of ids) expect(control.item(id).changeId).toBeGreaterThan(before)
    expect((await get(`${SERVICE}/content/801`)).headers['etag']).not.toBe(etag)
    expect(control.updateItem(801, {}).change.id).toBeGreaterThan(control.item(800).changeId)
  })

  it('ids that were issued after a snapshot are not issued again', async () => {
    const { control } = store
    control.snapshots.save('s')
    const item = control.createItem({ sectionId: 12 }).item.id
    const [section] = control.addSections()
    control.snapshots.restore('s')
    expect(control.createItem({ sectionId: 12 }).item.id).toBe(item + 1)
    expect(control.addSections()[0]?.id).toBe((section?.id ?? 0) + 1)
  })

  it('saving and restoring again and again raises change ids by the same step', () => {
    const { control } = store
    const steps = Array.from({ length: 6 }, () => {
      const before = control.info().changeId
      control.snapshots.save().restore()
      return control.info().changeId - before
    })
    expect(new Set(steps).size).toBe(1)
  })

  it('a restore keeps streams open, unless it is asked to close them, and ends waits', async () => {
    const { control } = store
    control.snapshots.save('s')
    await using stream = await StreamReader.open(`${store.url}${SERVICE}/changelog/sse`)
    const ended = control.wait({ for: 'change', count: 1 }).catch(String)
    await request(store.url).post('/__mock/snapshots/s/restore').expect(204)
    expect(await ended).toContain('is from before the latest reset')
    control.updateItem(801, { title: 'After' })
    await stream.until(({ data }) => data.length === 2, 'events after the restore')
    await request(store.url).post('/__mock/snapshots/s/restore').send({ closeStreams: true })
    await expect(stream.until(() => false, 'the end')).rejects.toThrow('the stream ended')
  })

  it('/__mock/snapshots saves, lists, shows and deletes', async () => {
    const agent = request(store.url)
    const saved = await agent.post('/__mock/snapshots').send({ name: 'before' })
    expect([saved.status, saved.body]).toMatchObject([201, { name: 'before', items: 20 }])
    const unnamed = await agent.post('/__mock/snapshots')
    expect(unnamed.body.name).toBe('snapshot-1')
    const { body } = await agent.get('/__mock/snapshots')
    expect(body.snapshots).toEqual([saved.body, unnamed.body])
    expect((await agent.get('/__mock/snapshots/before')).body).toEqual(saved.body)
    await agent.post('/__mock/snapshots').send({ name: 'before' }).expect(409)
    await agent.post('/__mock/snapshots').send({ name: '../x' }).expect(400)
    await agent.delete('/__mock/snapshots/before').expect(204)
    await agent.get('/__mock/snapshots/before').expect(404)
    await agent.post('/__mock/snapshots/before/restore').expect(404)
  })

  it('the memory of all snapshots together is limited, and a deleted one makes room', async () => {
    for (let n = 0; n < 2; n += 1) {
      await request(store.url)
        .post(`${SERVICE}/binary`)
        .auth(...TEST_LOGIN)
        .set('Content-Type', 'image/png')
        .send(Buffer.alloc(10_485_760))
        .expect(201)
    }
    const { snapshots } = store.control
    const { bytes } = snapshots.save()
    expect(bytes).toBeGreaterThan(20_971_520)
    const fitting = Math.floor(LIMITS.snapshotBytes / bytes)
    for (let n = 1; n < fitting; n += 1) snapshots.save()
    const answer = await request(store.url).post('/__mock/snapshots')
    expect([answer.status, answer.body.limit]).toEqual([413, 'snapshotBytes'])
    expect(answer.body.detail).toBe(
      `snapshotBytes: expected at most ${LIMITS.snapshotBytes} bytes, got ${(fitting + 1) * bytes}`,
    )
    expect(snapshots.list()).toHaveLength(fitting)
    snapshots.delete('snapshot-1')
    expect(snapshots.save().name).toBe('snapshot-1')
  })

  it('the number of snapshots is limited', async () => {
    const { snapshots } = store.control
    for (let n = 0; n < LIMITS.snapshots; n += 1) snapshots.save()
    const answer = await request(store.url).post('/__mock/snapshots')
    expect([answer.status, answer.body.limit]).toEqual([409, 'snapshots'])
  })

  it('a store that starts from a snapshot file has higher change ids', async () => {
    await changeEverything()
    const path = join(folder, 'saved.jsonl')
    const { text } = await request(store.url)
      .get(`/__mock/snapshots/${store.control.snapshots.save().name}/file`)
      .buffer(true)
      .parse((response, done) => {
        let body = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => (body += chunk))
        response.on('end', () => done(null, body))
      })
      .then(({ body }) => ({ text: String(body) }))
    writeFileSync(path, text)
    store.control.snapshots.writeFile('snapshot-1', join(folder, 'same.jsonl'))
    expect(readFileSync(join(folder, 'same.jsonl'), 'utf8')).toBe(text)
    await using other = await serveStore({ restore: path })
    expect(await visible(other)).toEqual(await visible())
    expect(other.control.info().binaries).toEqual({ files: 1, bytes: 5 })
    const lowest = other.control.items({ count: 100 }).items.map(({ id }) => other.control.item(id))
    for (const { changeId } of lowest)
      expect(changeId).toBeGreaterThan(store.control.info().changeId)
  })

  it('a snapshot that cannot be written to its file leaves nothing behind', () => {
    const path = join(folder, 'taken')
    mkdirSync(path)
    store.control.snapshots.save('s')
    const before = readdirSync(folder)
    expect(() => store.control.snapshots.writeFile('s', path)).toThrow(`cannot write ${path}: `)
    expect(readdirSync(folder)).toEqual(before)
  })

  it.each([
    ['', 'expected the file of a snapshot'],
    ['{"format":"x"}\n', 'expected the file of a snapshot'],
    ['publications: []\n', 'use --seed-file'],
  ])('the snapshot file %j is refused', async (text, reason) => {
    const path = join(folder, 'bad.jsonl')
    writeFileSync(path, text)
    await expect(serveStore({ restore: path })).rejects.toThrow(reason)
  })

  it('a snapshot file that was changed is refused, and so is a later version', () => {
    const { snapshots } = store.control
    const path = join(folder, 'changed.jsonl')
    snapshots.save('s')
    const text = snapshots.text('s')
    writeFileSync(path, text.replace('Harbour reopens', 'Harbour closes'))
    expect(() => snapshots.readFile(path)).toThrow('was changed after it was saved')
    writeFileSync(path, text.replace('"version":1', '"version":2'))
    expect(() => snapshots.readFile(path)).toThrow('expected version 1 of the format, got 2')
    expect(() => snapshots.readFile(join(folder, 'gone'))).toThrow('ENOENT')
    writeFileSync(path, text)
    expect(snapshots.readFile(path, 'again').changeId).toBe(snapshots.get('s').changeId)
  })
})
