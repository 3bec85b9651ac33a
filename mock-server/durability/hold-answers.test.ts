import { mkdtempSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import express from 'express'
import { expect, it, vi } from 'vitest'

import { startMockContentStore } from '../start.ts'
import { until } from '../testing/until.ts'
import { AppendFile } from './append-file.ts'
import { holdAnswers } from './hold-answers.ts'

interface Held {
  readonly run: () => void
  readonly fail: (error: Error) => void
}

/** Serves `/whole` and `/pieces`, and holds their ends. */
async function serve() {
  const held: Held[] = []
  const app = express()
  app.use(holdAnswers({ whenSafe: (run, fail) => held.push({ run, fail }) }))
  app.get('/whole', (_, response) => void response.set('ETag', '"1"').send('done'))
  app.get('/pieces', (_, response) => {
    response.write('some')
    response.end('thing')
  })
  const server = app.listen(0, '127.0.0.1')
  await new Promise((resolve) => void server.once('listening', resolve))
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it listens on a port.
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    held,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => void server.close(resolve))
    },
  }
}

it('an answer ends when what it shows is safe, and not before', async () => {
  await using server = await serve()
  let isAnswered = false
  const answer = fetch(`${server.url}/whole`).then(async (response) => {
    isAnswered = true
    return [response.status, await response.text()]
  })
  await until(() => server.held.length === 1, 'the answer is held')
  // It is sent later and ends earlier, so the first answer had enough time to end.
  const later = fetch(`${server.url}/whole`)
  await until(() => server.held.length === 2, 'the second answer is held')
  server.held[1]?.run()
  expect((await later).status).toBe(200)
  expect(isAnswered).toBe(false)
  server.held[0]?.run()
  expect(await answer).toEqual([200, 'done'])
})

it('an answer whose disk failed is 503 and says so, or breaks off where it has begun', async () => {
  await using server = await serve()
  const whole = fetch(`${server.url}/whole`)
  await until(() => server.held.length === 1, 'the answer is held')
  server.held[0]?.fail(new Error('EIO'))
  const response = await whole
  expect([response.status, response.headers.get('etag')]).toEqual([503, null])
  expect(await response.text()).toContain('dataDir: the disk failed: EIO; restart the store')
  const pieces = fetch(`${server.url}/pieces`).then((begun) => begun.text())
  await until(() => server.held.length === 2, 'the end is held')
  server.held[1]?.fail(new Error('EIO'))
  await expect(pieces).rejects.toThrow('terminated')
})

it.each([
  ['the default space', ''],
  ['a named space', '/space/one'],
])('a store with --fsync always answers an edit in %s once the disk has it', async (_, base) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'held-'))
  await using store = await startMockContentStore({ dataDir, fsync: 'always', space: ['one'] })
  await using other = await startMockContentStore()
  const turns: ((error: Error | null) => void)[] = []
  const disk = vi.spyOn(AppendFile.prototype, 'sync').mockImplementation((done) => {
    turns.push(done)
  })
  try {
    let isAnswered = false
    const answer = fetch(`${store.url}${base}/__mock/items/801`, {
      method: 'PATCH',
      body: '{"title": "Held"}',
    }).then((response) => {
      isAnswered = true
      return response.status
    })
    await until(() => turns.length === 1, 'a turn of the disk')
    // An answer that waits for nothing would come before these.
    for (let n = 0; n < 5; n += 1) await fetch(`${other.url}/__mock/info`)
    expect(isAnswered).toBe(false)
    turns[0]?.(null)
    expect(await answer).toBe(200)
  } finally {
    disk.mockRestore()
    for (const done of turns.slice(1)) done(null)
    rmSync(dataDir, { recursive: true })
  }
})
