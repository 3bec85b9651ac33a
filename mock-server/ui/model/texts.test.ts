import { execFileSync } from 'node:child_process'

import { describe, expect, it } from 'vitest'

import { faultPresets } from '../../faults/fault-presets.ts'
import { curlOf } from './curl.ts'
import { mistakesOf } from '../../scenario/read-scenario.ts'
import {
  Arrivals,
  EDIT_KINDS,
  kindOfEdit,
  MIX_PRESETS,
  PLAIN_MIX,
  scenarioOf,
  secondsLeft,
} from './editing-mix.ts'
import { FAULT_FORMS, faultOfForm } from './fault-form.ts'
import { faultSentence } from './fault-sentence.ts'
import { readFeedPage } from './feed-page.ts'
import { parseStream } from './parse-stream.ts'
import { readRoute, writeRoute } from './route.ts'
import { visibleLines, visibleText } from './visible-text.ts'

describe('curlOf', () => {
  it.each([`it's "quoted"`, '$(touch x) `id` \\', 'line\nbreak', '-d @/etc/passwd'])(
    'curlOf quotes for a shell: %j',
    (title) => {
      const call = { method: 'POST', path: '/items', body: { title } } as const
      const command = curlOf(call, 'http://localhost:1/__mock/')
      // The shell itself says what the words are.
      const output = execFileSync('sh', ['-c', `curl() { printf '%s\\0' "$@"; }; ${command}`])
      const words = output.toString().split('\0').slice(0, -1)
      expect(words).toEqual([
        '-X',
        'POST',
        'http://localhost:1/__mock/items',
        '-d',
        JSON.stringify({ title }),
      ])
    },
  )
})

describe('routes', () => {
  it.each([
    { screen: 'studio', id: 'a/b?c#d', query: {} },
    { screen: 'log', id: '', query: { filter: 'a&b=c', correlation: 'change-5044' } },
  ] as const)('a route is what its address says: %j', (route) => {
    expect(readRoute(writeRoute(route))).toEqual(route)
  })

  it('an address that is not understood shows the Studio', () => {
    expect([
      readRoute('#/nowhere').screen,
      readRoute('').screen,
      readRoute('#/log/%zz').id,
    ]).toEqual(['studio', 'studio', '%zz'])
  })
})

describe('visible text', () => {
  it('visibleText shows each character that cannot be seen, and leaves others', () => {
    expect(visibleText('a\r\n\t\u0000\u001B\u202E\u200B\uFEFFü😀')).toBe(
      'a\\r\\n\\t⟨U+0000⟩⟨U+001B⟩⟨U+202E⟩⟨U+200B⟩⟨U+FEFF⟩ü😀',
    )
  })

  it('visibleLines cuts after each line end, and shows it', () => {
    expect(visibleLines('id: 1\r\ndata: x\n\n')).toEqual(['id: 1\\r\\n', 'data: x\\n', '\\n'])
  })
})

describe('faults', () => {
  it('a sentence says whom a fault strikes, with what, and until when', () => {
    const reset = { name: 'a', kind: 'reset', scope: 'sse-connect', count: 3, afterEvents: 2 }
    expect(faultSentence(reset)).toBe(
      'Requests for a stream get RST after 2 events, the next 3 only, until it is removed.',
    )
    const status = {
      name: 'b',
      kind: 'status',
      scope: 'feed',
      status: 503,
      log: 'section/12',
      ttlMs: 5_000,
    }
    expect(faultSentence(status)).toBe('Reads of feeds (log section/12) are answered 503, for 5 s.')
  })

  it('the form of a fault gives it a free name, and the parameters that were filled in', () => {
    const form = { kind: 'latency', scope: 'feed', value: '500', once: true, ttlSeconds: '' }
    expect(faultOfForm(form, ['latency', 'latency-2'])).toEqual({
      name: 'latency-3',
      kind: 'latency',
      scope: 'feed',
      ms: 500,
      once: true,
    })
  })

  it('every preset of the store and every kind of the form has a sentence without a gap', () => {
    const formed = FAULT_FORMS.flatMap(({ kind, scopes, value = '' }) =>
      scopes.map((scope) =>
        faultOfForm({ kind, scope, value: String(value), once: false, ttlSeconds: '9' }, []),
      ),
    )
    for (const fault of [...formed, ...faultPresets().flatMap(({ faults }) => faults)])
      expect(faultSentence(fault)).toMatch(/^[A-Z][^?{]{10,}\.$/)
  })
})

describe('edits at a rate', () => {
  it('Arrivals follow the rate, and never exceed the total', () => {
    const mix = { ...PLAIN_MIX, total: 5, perSecond: 2 }
    const arrivals = new Arrivals(mix)
    expect([0, 499, 500, 1_000, 99_999].map((ms) => arrivals.due(ms))).toEqual([1, 1, 2, 3, 5])
    expect([secondsLeft(mix, 0, 100), secondsLeft(mix, 1, 1_000)]).toEqual([undefined, 4])
    expect(new Arrivals({ ...mix, perSecond: 0 }).due(60_000)).toBe(1)
  })

  it('random Arrivals are those of a Poisson process, and the seed repeats them', () => {
    const mix = { ...PLAIN_MIX, arrival: 'random', total: 100_000, perSecond: 10 } as const
    const perSecond = (seed: number): readonly number[] => {
      const arrivals = new Arrivals({ ...mix, seed })
      const due = Array.from({ length: 2_001 }, (_, second) => arrivals.due(second * 1_000))
      return due.slice(1).map((count, second) => count - (due[second] ?? 0))
    }
    const counts = perSecond(1)
    const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length
    const variance = counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / counts.length
    // Its mean is its variance: the bounds are six and more standard errors away.
    expect(mean).toBeGreaterThan(9.5)
    expect(mean).toBeLessThan(10.5)
    expect(variance).toBeGreaterThan(8)
    expect(variance).toBeLessThan(12)
    expect(perSecond(1)).toEqual(counts)
    expect(perSecond(2)).not.toEqual(counts)
  })

  it('kindOfEdit has each kind as often as the mix says', () => {
    for (const mix of [...MIX_PRESETS.map((preset) => preset.mix), { ...PLAIN_MIX, delete: 2 }]) {
      const turns = EDIT_KINDS.reduce((sum, kind) => sum + mix[kind], 0)
      const kinds = Array.from({ length: turns }, (_, index) => kindOfEdit(mix, index))
      for (const kind of EDIT_KINDS)
        expect(kinds.filter((each) => each === kind)).toHaveLength(mix[kind])
    }
  })

  it('a mix that is saved as a scenario is one without mistakes', () => {
    for (const { mix } of MIX_PRESETS) expect(mistakesOf(scenarioOf(mix, 12))).toEqual([])
    const text = scenarioOf({ ...PLAIN_MIX, arrival: 'random', total: 0, perSecond: 0 }, 12)
    expect(mistakesOf(text)).toEqual([])
    expect(text).toContain('arrival: random')
  })
})

it('parseStream reads whole events: lines of data, names, ids that stay, comments, any line end', () => {
  const text =
    '\uFEFF: hello\nid: 7\nevent: story\ndata: one\r\ndata:two\r\rdata: three\n\nevent: x\n\ndata: cut'
  expect(parseStream(text)).toEqual([
    { event: 'story', id: '7', data: 'one\ntwo' },
    { event: 'message', id: '7', data: 'three' },
  ])
})

it('readFeedPage finds the links of a feed and the rows of an item, and what is missing', () => {
  const entry =
    '<entry>\n<id>http://s/webservice/escenic/content/801</id>\n<link rel="self" href="x"/></entry>'
  const head = '<feed>\n<id>a</id>\n<link rel="previous" href="http://s/a?b=1&amp;c=2"/>'
  const page = readFeedPage(`${head}${entry}</feed>`)
  expect(page.links).toEqual([{ rel: 'previous', href: 'http://s/a?b=1&c=2' }])
  expect(page.entries).toEqual([{ xml: entry, itemId: '801' }])
  expect(page.mistakes).toEqual(['the feed has no <updated>'])
  expect(readFeedPage(head.slice(0, -1)).mistakes).toContain('the document ends in the middle')
  expect(readFeedPage('HTTP 404\n{}').mistakes).toEqual(['not a feed'])
})
