import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, expect, it } from 'vitest'

import { control, entry } from '../testing/item-client.ts'
import { readFeed } from '../testing/read-feed.ts'
import { RunningProgram } from '../testing/run-program.ts'
import { FSYNC_MODES } from './disk-sync.ts'

/** Each needs a start, of 0.3 s of processor time: 2 in a short run, 200 in a full one. */
const KILLS = Number(process.env['KILLS'] ?? '2')
const WRITERS = 4
const MOST_EDITS = 40
const SERVICE = '/webservice/escenic'
const HEADERS = {
  authorization: `Basic ${btoa('user:password')}`,
  'content-type': 'application/atom+xml',
}
const dataDir = mkdtempSync(join(tmpdir(), 'killed-'))

afterAll(() => rmSync(dataDir, { recursive: true }))

/** An editor that knows what the store acknowledged, and what it asked for since. */
class Writer {
  path = ''
  etag = ''
  title = ''
  asked = ''
  /** The title that the log had at the last poll. */
  polled = ''
  readonly #name: string
  edits = 0

  constructor(name: string) {
    this.#name = name
  }

  /** Edits its item until the store is gone. Throws for a refusal. */
  async edit(url: string, onEdit: () => void): Promise<void> {
    try {
      if (this.path === '') await this.#create(url)
      for (;;) {
        this.asked = `${this.#name} edit ${this.edits + 1}`
        const response = await this.#send(url + this.path, 'PUT', { 'if-match': this.etag })
        this.etag = response.headers.get('etag') ?? ''
        this.title = this.asked
        this.edits += 1
        onEdit()
      }
    } catch (error) {
      // The connection ended with the store.
      if (!(error instanceof TypeError)) throw error
    }
  }

  async #create(url: string): Promise<void> {
    this.asked = `${this.#name} creates`
    const { headers } = await this.#send(`${url}${SERVICE}/section/22/content-items`, 'POST')
    this.path = new URL(headers.get('location') ?? '').pathname
    this.title = this.asked
    this.etag = (await fetch(url + this.path, { headers: HEADERS })).headers.get('etag') ?? ''
  }

  async #send(url: string, method: string, headers: Readonly<Record<string, string>> = {}) {
    const body = entry(`<title>${this.asked}</title>${control('<app:draft>no</app:draft>')}`)
    const response = await fetch(url, { method, headers: { ...HEADERS, ...headers }, body })
    if (response.status >= 300) throw new Error(`${this.asked}: ${response.status}`)
    return response
  }

  /** What is wrong with the item in a restarted store, by what was acknowledged. */
  async check(url: string): Promise<readonly string[]> {
    if (this.path === '') return []
    const response = await fetch(url + this.path, { headers: HEADERS })
    const [, title = ''] = /<title[^>]*>([^<]*)</.exec(await response.text()) ?? []
    const etag = response.headers.get('etag') ?? ''
    // The kill can come after the creation and before its ETag is read.
    const isAcknowledged = title === this.title && (this.etag === '' || etag === this.etag)
    // The kill came after the write and before the answer.
    const isLastAsked = title === this.asked && title !== this.title && etag !== this.etag
    const wanted = `"${this.title}" with ${this.etag}`
    this.title = title
    this.etag = etag
    if (isAcknowledged || isLastAsked) return []
    return [`${this.path} has "${title}" with ${etag} after ${wanted} was acknowledged`]
  }
}

/** Walks up from a kept `previous` to its end. Returns the titles on the way, and the last link. */
async function catchUp(url: string, from: string) {
  const titles = new Map<string, string>()
  for (let link = from; ;) {
    const page = readFeed(await (await fetch(url + link, { headers: HEADERS })).text())
    for (const { identifier, title } of page.entries) titles.set(identifier, title)
    const next = new URL(page.links.get('previous') ?? '')
    if (page.entries.length === 0) return { titles, previous: link }
    link = next.pathname + next.search
  }
}

async function newestChangeId(url: string): Promise<number> {
  const info: unknown = await (await fetch(`${url}/__mock/info`)).json()
  return Number(Object(info).changeId)
}

it(
  'a store that is killed again and again under edits loses none that it acknowledged',
  { timeout: 1_800_000 },
  async () => {
    const writers = Array.from({ length: WRITERS }, (_, n) => new Writer(`writer ${n}`))
    let previous = `${SERVICE}/changelog/publication/1/after/0?count=100`
    let changeId = 0
    const wrong: string[] = []
    for (let kill = 0; kill <= KILLS; kill += 1) {
      const fsync = FSYNC_MODES[kill % FSYNC_MODES.length] ?? 'always'
      const args = ['--port', '0', '--data-dir', dataDir, '--fsync', fsync]
      await using store = new RunningProgram('main.ts', args)
      const url = await store.printed(/listening on (\S+)\n/)
      for (const writer of writers) wrong.push(...(await writer.check(url)))
      const newest = await newestChangeId(url)
      if (newest < changeId) wrong.push(`change id ${newest} after ${changeId}`)
      const { titles, previous: next } = await catchUp(url, previous)
      for (const writer of writers) {
        const seen = titles.get(writer.path.split('/').at(-1) ?? '') ?? writer.polled
        if (seen !== writer.title)
          wrong.push(`kill ${kill}: the log has "${seen}", not "${writer.title}"`)
        writer.polled = writer.title
      }
      previous = next
      changeId = newest
      if (kill === KILLS) break
      // At any moment of the next edits.
      let left = Math.ceil(Math.random() * MOST_EDITS)
      const onEdit = (): void => {
        left -= 1
        if (left === 0) store.signal('SIGKILL')
      }
      await Promise.all(writers.map((writer) => writer.edit(url, onEdit)))
      wrong.push(...(writers.every(({ edits }) => edits === 0) ? ['no edit'] : []))
    }
    expect(wrong).toEqual([])
  },
)
