import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, expect, it } from 'vitest'

import {
  ControlEditor,
  ItemEditor,
  SERVICE,
  SnapshotSaver,
  SpaceCreator,
} from '../testing/acknowledged.ts'
import { readFeed } from '../testing/read-feed.ts'
import { RunningProgram } from '../testing/run-program.ts'
import { FSYNC_MODES } from './disk-sync.ts'

/** 8 in a short run, 200 in a full one. */
const KILLS = Number(process.env['KILLS'] ?? '3')
/**
 * The web service is edited before one kill in this many: its libraries double the processor time of a
 * store that lives for some edits.
 */
const WEB_SERVICE_EVERY = 5
const MOST_CHANGES = 30
const HEADERS = { authorization: `Basic ${btoa('user:password')}` }
const dataDir = mkdtempSync(join(tmpdir(), 'killed-'))

afterAll(() => rmSync(dataDir, { recursive: true }))

/** A client of the log of all changes in the space at `base`. */
class LogReader {
  readonly #base: string
  #previous: string
  #changeId = 0

  constructor(base: string) {
    this.#base = base
    this.#previous = `${base}${SERVICE}/changelog/publication/1/after/0?count=100`
  }

  /** Polls from the kept `previous` to the end. Returns what it misses of the editors' titles. */
  async check(url: string, editors: readonly ItemEditor[]): Promise<readonly string[]> {
    const wrong: string[] = []
    const titles = await this.#catchUp(url)
    for (const editor of editors.filter(({ base }) => base === this.#base)) {
      const seen = titles.get(editor.path.split('/').at(-1) ?? '') ?? editor.polled
      if (seen !== editor.title) wrong.push(`the log has "${seen}", not "${editor.title}"`)
      editor.polled = editor.title
    }
    const info: unknown = await (await fetch(`${url}${this.#base}/__mock/info`)).json()
    const newest = Number(Object(info).changeId)
    if (newest < this.#changeId) wrong.push(`change id ${newest} after ${this.#changeId}`)
    this.#changeId = newest
    return wrong
  }

  /** The titles on the way. */
  async #catchUp(url: string): Promise<ReadonlyMap<string, string>> {
    const titles = new Map<string, string>()
    for (;;) {
      const response = await fetch(url + this.#previous, { headers: HEADERS })
      const page = readFeed(await response.text())
      if (page.entries.length === 0) return titles
      for (const { identifier, title } of page.entries) titles.set(identifier, title)
      const next = new URL(page.links.get('previous') ?? '')
      this.#previous = next.pathname + next.search
    }
  }
}

it(
  'a store that is killed again and again under changes loses none that it acknowledged: edits in its spaces, new spaces, snapshots',
  { timeout: 1_800_000 },
  async () => {
    const bases = ['', '/space/kept']
    const byControl = bases.flatMap((base, n) => [
      new ControlEditor(`writer ${n}a`, base, 801),
      new ControlEditor(`writer ${n}b`, base, 800),
    ])
    const byService = bases.map((base, n) => new ItemEditor(`writer ${n}c`, base))
    const savers = byControl.slice(1, 3).map((editor) => new SnapshotSaver(editor))
    const always = [...byControl, ...savers, new SpaceCreator()]
    const readers = bases.map((base) => new LogReader(base))
    const wrong: string[] = []
    for (let kill = 0; kill <= KILLS; kill += 1) {
      const withService = kill % WEB_SERVICE_EVERY === 0 || kill === KILLS
      const actors = withService ? [...always, ...byService] : always
      const fsync = FSYNC_MODES[kill % FSYNC_MODES.length] ?? 'always'
      const args = ['--port', '0', '--space', 'kept', '--data-dir', dataDir, '--fsync', fsync]
      await using store = new RunningProgram('main.ts', args)
      const url = await store.printed(/listening on (\S+)\n/)
      const checks = [
        ...actors.map((actor) => actor.check(url)),
        ...(withService ? readers.map((reader) => reader.check(url, byService)) : []),
      ]
      wrong.push(...(await Promise.all(checks)).flat().map((text) => `kill ${kill}: ${text}`))
      if (kill === KILLS) break
      // At any moment of the next changes.
      let left = Math.ceil(Math.random() * MOST_CHANGES)
      const onChange = (): void => {
        left -= 1
        if (left === 0) store.signal('SIGKILL')
      }
      const active = withService ? [...byControl, ...byService] : always
      await Promise.all(active.map((actor) => actor.act(url, onChange)))
    }
    expect(byControl.map(({ edits }) => edits)).not.toContain(0)
    expect(wrong).toEqual([])
  },
)
