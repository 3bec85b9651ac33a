import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, describe, expect, it } from 'vitest'
import { stringify } from 'yaml'

import { parseConfig } from '../config.ts'
import { demoSeed } from '../content/seed.ts'
import type { Settings } from '../knobs.ts'
import { learnOptions } from '../testing/learn-store.ts'
import { readFeed } from '../testing/read-feed.ts'
import { serveStore } from '../testing/serve-store.ts'
import type { Finding, Findings } from './finding.ts'
import { learn } from './learn.ts'
import { writeSettings } from './settings-file.ts'
import { tableRows, writeTable } from './table.ts'

const folder = mkdtempSync(join(tmpdir(), 'mock-server-learn-'))
afterAll(() => rmSync(folder, { recursive: true }))

const EVERYTHING_TURNED = {
  acceptAnyLogin: true,
  maxBodyBytes: 2345,
  announce: ['domain', 'person'],
  ids: true,
  replay: true,
  retryMs: 2345,
  heartbeatMs: 200,
  corsOrigins: ['*'],
  publicUrl: 'https://cs.example.com/ece',
  sseEndpoint: 'https://sse.example.com/all',
  defaultCount: 7,
  maxCount: 777,
  inheritingSectionLog: 'section',
  denyLogs: ['person/1', 'section/12', 'list/61'],
  denyStatus: 404,
  feedTitle: true,
  entryUpdated: true,
  logPayload: true,
  logEtags: true,
  deletedStatus: 410,
  missingMatchStatus: 428,
  putStatus: 200,
  deleteStatus: 204,
} as const satisfies Partial<Settings>

/**
 * Findings that must be the same in a second run: not URLs of the store, which are comments in the
 * file, nor measured times.
 */
function repeatable({ settings, fixed }: Findings): Readonly<Record<string, Finding | string>> {
  const rest = [...settings].filter(
    ([knob]) => !['publicUrl', 'sseEndpoint', 'heartbeatMs'].includes(knob),
  )
  return Object.fromEntries([...rest, ...fixed])
}

function settingsOf(text: string, seed: unknown): Settings {
  const [config, seedFile] = [join(folder, 'learned.yaml'), join(folder, 'seed.yaml')]
  writeFileSync(config, text)
  writeFileSync(seedFile, stringify(seed))
  const parsed = parseConfig(['--config', config, '--seed-file', seedFile, '--port', '0'], {})
  if (parsed.kind === 'help') throw new Error('no help was asked for')
  return parsed.settings
}

describe('learn', () => {
  it('learn finds no difference in a mock that uses the learned settings and seed', async () => {
    await using store = await serveStore(EVERYTHING_TURNED)
    const options = { listenMs: 20_000 }
    const first = await learn(learnOptions(store, options))
    const text = writeSettings(store.url, learnOptions(store).ours, first.theirs)
    expect(text).not.toContain('password')

    const ours = settingsOf(text, first.seed)
    await using again = await serveStore(ours)
    const second = await learn(learnOptions(again, { ...options, ours }))
    expect(repeatable(second.theirs)).toEqual(repeatable(first.theirs))
    expect(second.theirs.value('heartbeatMs')).toBeGreaterThan(0)
    const rows = tableRows(ours, second.ours, second.theirs)
    const different = rows.filter(
      ({ point, isDifferent }) => isDifferent === true && point !== 'heartbeatMs',
    )
    expect(writeTable(different)).toBe(writeTable([]))
    for (const url of [
      'publicUrl: "https://cs.example.com/ece"',
      'sseEndpoint: "https://sse.example.com/all"',
    ])
      expect(text).toContain(`# ${url}`)
  })

  it('learn without --write sends only reads', async () => {
    await using store = await serveStore()
    const before = store.control.info().changeId
    const learned = await learn(learnOptions(store, { writeSectionId: undefined }))
    expect(store.control.info().changeId).toBe(before)
    expect(learned.theirs.settings.get('putStatus')).toEqual({
      kind: 'unseen',
      reason: 'needs --write SECTION',
    })
    expect(learned.theirs.value('maxCount')).toBe(100)
  })

  it('learn deletes every item that it created', async () => {
    await using store = await serveStore()
    const { changeId } = store.control.info()
    await learn(learnOptions(store))
    const answer = await fetch(
      `${store.url}/webservice/escenic/changelog/publication/1/after/${changeId}?count=100`,
      {
        headers: { authorization: `Basic ${btoa('user:password')}` },
      },
    )
    const states = readFeed(await answer.text()).entries.map(({ state }) => state)
    expect(states.length).toBeGreaterThan(1)
    expect(new Set(states)).toEqual(new Set(['deleted']))
  })

  it('learn copies sections, and items with placeholders for their texts', async () => {
    await using store = await serveStore()
    const { seed } = await learn(learnOptions(store, { writeSectionId: undefined }))
    const demo = demoSeed()
    expect(seed.sections.toSorted((a, b) => a.id - b.id)).toEqual(demo.sections)
    expect(seed.items.map(({ title }) => title)).toEqual(seed.items.map(({ id }) => `Item ${id}`))
    expect(seed.persons.map(({ name }) => name)).toEqual(['Person 7'])
    expect(seed.lists).toEqual(demo.lists)
  })

  it('learn copies texts with keepText', async () => {
    await using store = await serveStore()
    const { seed } = await learn(learnOptions(store, { writeSectionId: undefined, keepText: true }))
    const demo = new Map(demoSeed().items.map((item) => [item.id, item]))
    expect(seed.items.length).toBeGreaterThan(10)
    for (const item of seed.items)
      expect(item).toEqual({ ...demo.get(item.id), changeId: item.changeId })
    expect(seed.items.at(-1)?.changeId).toBe(5041)
  })
})
