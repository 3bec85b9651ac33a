import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, expect, it } from 'vitest'

import type { MockContentStore } from '../start.ts'
import { startMockContentStore } from '../start.ts'

const HEADERS = { authorization: `Basic ${btoa('user:password')}` }
const folder = mkdtempSync(join(tmpdir(), 'kept-files-'))
afterAll(() => rmSync(folder, { recursive: true }))

async function start(dataDir = ''): Promise<MockContentStore> {
  return startMockContentStore({ dataDir, fsync: 'never' })
}

/** Uploads a file. Returns its path. */
async function upload({ url }: MockContentStore, body: string): Promise<string> {
  const response = await fetch(`${url}/webservice/escenic/binary`, {
    method: 'POST',
    headers: { ...HEADERS, 'content-type': 'image/png' },
    body,
  })
  expect(response.status).toBe(201)
  return new URL(response.headers.get('location') ?? '').pathname
}

async function read({ url }: MockContentStore, path: string): Promise<string> {
  return (await fetch(url + path, { headers: HEADERS })).text()
}

it('a file of a restored snapshot replaces an uploaded one with the same id, for good', async () => {
  const dataDir = join(folder, 'restored')
  const snapshot = join(folder, 'snapshot.jsonl')
  const other = await start()
  await upload(other, 'of the snapshot')
  other.control.snapshots.save('s')
  other.control.snapshots.writeFile('s', snapshot)
  await other.close()
  const first = await start(dataDir)
  const path = await upload(first, 'replaced')
  first.control.snapshots.restoreFile(snapshot)
  await first.close()
  await using second = await start(dataDir)
  expect(await read(second, path)).toBe('of the snapshot')
  expect(readdirSync(join(dataDir, 'main', 'files'))).toHaveLength(1)
})

it.each<readonly [string, string, (path: string) => void]>([
  ['missing', 'ENOENT', (path) => rmSync(path)],
  ['damaged', 'its bytes do not fit its name', (path) => writeFileSync(path, 'other')],
])('a store refuses a folder whose uploaded file is %s', async (kind, reason, harm) => {
  const dataDir = join(folder, kind)
  const first = await start(dataDir)
  const path = await upload(first, 'kept')
  await first.close()
  const files = join(dataDir, 'main', 'files')
  const [name = ''] = readdirSync(files)
  const bytes = readFileSync(join(files, name))
  harm(join(files, name))
  const refused = start(dataDir)
  await expect(refused).rejects.toThrow(`dataDir: cannot read ${join(files, name)}: `)
  await expect(refused).rejects.toThrow(reason)
  writeFileSync(join(files, name), bytes)
  await using second = await start(dataDir)
  expect(await read(second, path)).toBe('kept')
})
