import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { execa } from 'execa'
import { afterAll, describe, expect, it } from 'vitest'

import { fixturePath } from '../fixtures/read-fixture.ts'
import type { MockContentStore } from './start.ts'
import { postSection, sectionEntry } from './testing/section-client.ts'
import { serveStore } from './testing/serve-store.ts'

const hasJing = spawnSync('jing', ['-h']).error === undefined
const folder = mkdtempSync(join(tmpdir(), 'mock-server-atom-'))
afterAll(() => rmSync(folder, { recursive: true }))

const SERVICE = '/webservice/escenic'
const DOCUMENTS = {
  'start-feed': 'section/ROOT/subsections',
  sections: 'section/1/subsections',
  lists: 'section/1/lists',
  inboxes: 'section/1/inboxes',
  'list-pool': 'list-pool/61',
  'list-handle': 'list-pool/handle/1',
  'content-items': 'section/12/content-items',
  persons: 'person',
  'list-of-logs': 'changelog',
  'publication-log': 'changelog/publication/1?count=100',
  'section-log': 'changelog/section/12',
  'middle-page': 'changelog/section/12/before/4930?count=2',
  'edge-page': 'changelog/section/22/after/5041',
  'person-log': 'changelog/person/1',
  'list-log': 'changelog/list/61',
  section: 'section/12',
  'new-section': 'section/25',
  publication: 'publication/demo/',
  person: 'person/7',
  published: 'content/801',
  draft: 'content/800',
  deleted: 'content/798',
  'with-payload': 'content/802',
  history: 'content/801/log',
  locks: 'lock/article/801',
}

/**
 * The errors of jing, per document: `draft: element "entry" incomplete; missing required element
 * "updated"`.
 */
async function complaints(store: MockContentStore): Promise<readonly string[]> {
  const headers = { authorization: `Basic ${btoa('user:password')}` }
  const paths: string[] = []
  for (const [name, path] of Object.entries(DOCUMENTS)) {
    const response = await fetch(`${store.url}${SERVICE}/${path}`, { headers })
    expect([name, response.status]).toEqual([name, 200])
    const file = join(folder, `${name}.xml`)
    writeFileSync(file, await response.text())
    paths.push(file)
  }
  const output = await jing(['-c', fixturePath('atom/rfc4287.rnc'), ...paths])
  return output
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.replace(/^.*\/([\w-]+)\.xml:\d+:\d+: error: /, '$1: '))
}

async function jing(args: readonly string[]): Promise<string> {
  const options = { timeout: 30_000, reject: false, stripFinalNewline: false } as const
  const { exitCode, stdout, message } = await execa('jing', args, options)
  // Status 1 means invalid documents; any other, that jing did not run.
  if (exitCode === 0 || exitCode === 1) return stdout
  throw new Error(`jing: ${message}`)
}

async function addPayload(store: MockContentStore): Promise<void> {
  const payload =
    '<vdf:payload xmlns:vdf="http://www.vizrt.com/types" model="x/story"><vdf:field name="a"/></vdf:payload>'
  const response = await fetch(`${store.url}${SERVICE}/section/12/content-items`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${btoa('user:password')}`,
      'content-type': 'application/atom+xml',
    },
    body: `<entry xmlns="http://www.w3.org/2005/Atom"><title>A</title><content>${payload}</content></entry>`,
  })
  expect(response.status).toBe(201)
}

async function addSection(store: MockContentStore): Promise<void> {
  const extra = '<summary>A</summary><category term="a"/>'
  const { status } = await postSection(store, 12, sectionEntry({ name: 'Local', extra }))
  expect(status).toBe(201)
}

async function addLock(store: MockContentStore): Promise<void> {
  const response = await fetch(`${store.url}${SERVICE}/lock/article/801`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${btoa('user:password')}`,
      'content-type': 'application/atom+xml',
    },
    body: '<entry xmlns="http://www.w3.org/2005/Atom"><summary>Mine</summary></entry>',
  })
  expect(response.status).toBe(201)
}

describe.skipIf(!hasJing)('RFC 4287 (needs jing: apt-get install jing)', () => {
  it('every document is valid RFC 4287 with --feed-title and --entry-updated', async () => {
    await using store = await serveStore({
      feedTitle: true,
      entryUpdated: true,
      logPayload: true,
    })
    await addPayload(store)
    await addLock(store)
    await addSection(store)
    expect(await complaints(store)).toEqual([])
  })

  it('documents violate RFC 4287 by default only where the vendor’s documents do', async () => {
    await using store = await serveStore()
    await addPayload(store)
    await addLock(store)
    await addSection(store)
    const found = await complaints(store)
    const lacking = (element: string) => {
      const lines = found.filter((line) => line.includes(`missing required element "${element}"`))
      return [...new Set(lines.map((line) => line.replace(/:.*/, '')))].toSorted()
    }
    const logs = Object.entries(DOCUMENTS).filter(([, path]) => path.startsWith('changelog/'))
    expect(lacking('title')).toEqual(logs.map(([name]) => name).toSorted())
    expect(lacking('updated')).toEqual(
      ['draft', 'list-of-logs', 'publication-log', 'section-log', 'with-payload'].toSorted(),
    )
    expect(
      found.filter((line) => !/missing required element "(title|updated)"/.test(line)),
    ).toEqual([])
  })
})
