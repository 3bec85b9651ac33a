import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, describe, expect, it } from 'vitest'
import { stringify } from 'yaml'

import { MockServerError } from '../errors.ts'
import { serveStore } from '../testing/serve-store.ts'
import { demoSeed } from '../content/seed.ts'
import { readSeedFile } from './seed-file.ts'
import { seedJsonSchema } from './seed-schema.ts'

const folder = mkdtempSync(join(tmpdir(), 'mock-server-seed-'))
afterAll(() => rmSync(folder, { recursive: true }))

function file(text: string): string {
  const path = join(folder, 'seed.yaml')
  writeFileSync(path, text)
  return path
}

/** What is wrong with a seed file, without its path. */
function mistakes(text: string): readonly string[] {
  const path = file(text)
  try {
    readSeedFile(path)
  } catch (error) {
    if (!(error instanceof MockServerError) || error.code !== 'bad-config') throw error
    return error.message.replaceAll(`${path}:`, '').split('\n')
  }
  return []
}

/** The demo seed as a file with one line per property, and one of its texts replaced. */
function demoWith(search: string, replacement: string): string {
  const text = stringify(demoSeed())
  if (!text.includes(search)) throw new Error(`the demo seed has no ${search}`)
  return text.replace(search, replacement)
}

describe('readSeedFile', () => {
  it.each(['YAML', 'JSON'])('readSeedFile reads back a seed that was written as %s', (format) => {
    const seed = demoSeed()
    const text = format === 'YAML' ? stringify(seed) : JSON.stringify(seed)
    expect(readSeedFile(file(text))).toEqual(seed)
  })

  it.each([
    ['publications: [', /^1:\d+: .*flow sequence/i],
    ['a: 1\na: 2\n', /^2:1: Map keys must be unique/],
    ['- 1\n', /^1:1: expected an object, got a list$/],
  ])('readSeedFile names line and column in the file %j', (text, mistake) => {
    expect(mistakes(text)[0]).toMatch(mistake)
  })

  it.each([
    [
      '  - id: 12\n',
      '  - id: twelve\n',
      /^\d+:9: sections\.1\.id: expected a number, got "twelve"$/,
    ],
    ['    name: News\n', '    nam: News\n', /^\d+:\d+: sections\.1/],
    ['  - id: 23\n', '  - id: 12\n', /^\d+:9: sections\.3\.id: id 12 is given twice/],
    [
      'parentId: 22\n',
      'parentId: 24\n',
      /^\d+:15: sections\.3\.parentId: expected a section that is listed before this one, got 24/,
    ],
    [
      'rootSectionId: 1\n',
      'rootSectionId: 12\n',
      /^\d+:20: publications\.0\.rootSectionId: section 12 is no root section of publication 1/,
    ],
    [
      'changeId: 3240\n',
      'changeId: 3102\n',
      /^\d+:15: items\.1\.changeId: change id 3102 is given twice/,
    ],
    [
      'changeId: 3240\n',
      'changeId: 3000\n',
      /^\d+:15: items\.1\.changeId: expected more than 3102, got 3000/,
    ],
    [
      'type: story\n',
      'type: novel\n',
      /^\d+:11: items\.0\.type: expected one of the publication's contentTypes, got "novel"/,
    ],
    ['      - 801\n', '      - 1801\n', /^\d+:9: lists\.0\.itemIds\.0: there is no item 1801/],
    [
      '      - 798\n',
      '      - 801\n',
      /^\d+:9: lists\.0\.itemIds\.1: item 801 is in the list already/,
    ],
    [
      'uniqueName: sport\n',
      'uniqueName: news\n',
      /^\d+:17: sections\.2\.uniqueName: "news" is the unique name of section 12, too/,
    ],
    ['kind: inbox\n', 'kind: pile\n', /^\d+:11: lists\.1\.kind: expected one of .*, got "pile"/],
    ['sectionId: 1\n', 'sectionId: 99\n', /^\d+:16: lists\.0\.sectionId: there is no section 99/],
    [
      'homeSectionId: 22\n',
      'homeSectionId: 12\n',
      /^\d+:7: items\.1\.sectionIds: expected homeSectionId, 12, first/,
    ],
    [
      'state: published\n',
      'state: printed\n',
      /^\d+:12: items\.0\.state: expected one of .*, got "printed"/,
    ],
  ])('readSeedFile names line and column when %j becomes %j', (search, replacement, mistake) => {
    expect(mistakes(demoWith(search, replacement))[0]).toMatch(mistake)
  })

  it('readSeedFile points at the line and column of a mistake', () => {
    const text = demoWith('changeId: 3240\n', 'changeId: x\n')
    const [line = '', column = ''] = mistakes(text)[0]?.split(':') ?? []
    expect(text.split('\n')[Number(line) - 1]?.slice(Number(column) - 1)).toBe('x')
  })

  it('readSeedFile lists all mistakes of syntax', () => {
    const found = mistakes('a: 1\na: 2\nb: [1\nc: "x\n')
    expect(found.length).toBeGreaterThan(1)
    for (const mistake of found) expect(mistake).toMatch(/^\d+:\d+: /)
  })

  it('readSeedFile lists all mistakes of shape and all broken references', () => {
    const demo = demoSeed()
    const [first, second] = demo.items
    const found = mistakes(
      stringify({
        ...demo,
        items: [first, { ...second, state: 'printed' }, { ...first, id: 801, sectionIds: [99] }],
        lists: [
          { ...demo.lists[0], itemIds: [] },
          { ...demo.lists[1], sectionId: 98 },
        ],
        persons: [{ ...demo.persons[0], publicationId: 7 }],
      }),
    )
    expect(found.map((mistake) => mistake.replace(/^\d+:\d+: /, '').replace(/:.*/, ''))).toEqual([
      'items.1.state',
      'lists.1.sectionId',
      'items.2.sectionIds',
      'items.2.sectionIds.0',
      'persons.0.publicationId',
      'items.2.changeId',
    ])
  })

  it('readSeedFile does not check references to an element with mistakes', () => {
    const found = mistakes(demoWith('  - id: 12\n', '  - id: twelve\n'))
    expect(found).toHaveLength(1)
  })

  it('readSeedFile completes a short file', async () => {
    const text = `
publications: [{name: daily, rootSectionId: 1}]
sections:
  - {id: 1, name: Daily}
  - {id: 2, name: News, parentId: 1, inheritsAccess: false}
  - {id: 3, name: Local, parentId: 2}
persons:
  - {id: 1, name: Ann, userName: ann}
lists:
  - {id: 5, sectionId: 1, name: Top, itemIds: [11]}
items:
  - {id: 10, sectionIds: [3], title: Plain}
  - id: 11
    sectionIds: [2]
    type: news
    state: draft
    fields: {title: 'Rain & wind', body: {xhtml: <p>Wet.</p>}}
`
    const seed = readSeedFile(file(text))
    expect(seed.sections).toMatchObject([
      { directoryName: '', inheritsAccess: false },
      { directoryName: 'section-2', inheritsAccess: false },
      { directoryName: 'section-3', inheritsAccess: true },
    ])
    expect(seed.items).toMatchObject([
      { changeId: 6, homeSectionId: 3, state: 'published', publishedAt: expect.any(String) },
      { changeId: 9, title: 'Rain & wind', publishedAt: null, titleField: { text: 'Rain & wind' } },
    ])
    await using store = await serveStore({ seedFile: file(text) })
    const answer = await fetch(`${store.url}/webservice/escenic/content/11`, {
      headers: { authorization: `Basic ${btoa('user:password')}` },
    })
    const entry = await answer.text()
    expect(entry).toContain(
      `model="${store.url}/webservice/escenic/publication/daily/model/content-type/news"`,
    )
    expect(entry).toContain('<vdf:value>Rain &amp; wind</vdf:value>')
    // The change is in the log of the protection domain.
    expect(store.control.updateItem(10, { title: 'Edited' }).change.logs).toContain(
      '/webservice/escenic/changelog/section/3',
    )
  })

  it.each([
    ['payload: null\n', 'payload: <a>\n', /^\d+:14: items\.0\.payload: .*not well-formed/],
    ['payload: null\n', 'payload: <a/>\n', /^\d+:14: items\.0\.payload: payload: expected one/],
    [
      'payload: null\n',
      'payload: <a/>\n    fields: {}\n',
      /^\d+:13: items\.0\.fields: expected fields or a payload, not both/,
    ],
  ])('readSeedFile refuses content that is no payload: %j, %j', (search, replacement, mistake) => {
    const text = stringify({ ...demoSeed(), persons: [] })
    expect(mistakes(text.replace(search, replacement))[0]).toMatch(mistake)
  })

  it('seed.schema.json describes seed files for editors (vitest -u writes it)', async () => {
    const schema = JSON.stringify(seedJsonSchema(), null, 2)
    await expect(`${schema}\n`).toMatchFileSnapshot('./seed.schema.json')
  })

  it('readSeedFile shows the first twenty of many mistakes', () => {
    const found = mistakes(
      stringify({ ...demoSeed(), items: Array.from({ length: 100 }, () => 1) }),
    )
    expect(found).toHaveLength(21)
    expect(found.at(-1)).toBe('and 80 more mistakes')
  })

  it('readSeedFile names a file that cannot be read', () => {
    expect(() => readSeedFile(join(folder, 'gone.yaml'))).toThrow(
      /^cannot read the seed file .*gone\.yaml: ENOENT/,
    )
  })

  it('readSeedFile refuses lists and maps that are nested too deep', () => {
    // Of 1,000 levels and more the parser may abort the process.
    for (const levels of [1_000, 100_000]) {
      expect(mistakes(`a: 1\nb: ${'['.repeat(levels)}`)[0]).toMatch(
        /^2:\d+: too many lists or maps are inside each other/,
      )
    }
  })

  it('readSeedFile refuses aliases that multiply', () => {
    const levels = Array.from({ length: 30 }, (_, n) => `a${n + 1}: &a${n + 1} [*a${n}, *a${n}]`)
    expect(mistakes(`a0: &a0 [x]\n${levels.join('\n')}\n`)[0]).toMatch(/alias/i)
  })

  it('a store that starts with a seed file shows its content', async () => {
    const text = demoWith('title: Harbour reopens', 'title: Harbour closes')
    await using store = await serveStore({ seedFile: file(text) })
    const answer = await fetch(`${store.url}/webservice/escenic/content/801`, {
      headers: { authorization: `Basic ${btoa('user:password')}` },
    })
    expect(await answer.text()).toContain('Harbour closes')
  })
})
