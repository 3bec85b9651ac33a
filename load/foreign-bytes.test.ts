import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { describe, expect, it } from 'vitest'

import { previousLinkOf, publicationLogOf } from './lib/servers/feed-links.ts'
import { sumOfGauge } from './lib/servers/sum-of-gauge.ts'
import { httpUrl } from './lib/settings/setting.ts'
import { readEvents } from './lib/stream/event-reader.ts'
import { consoleLine, htmlText, markdownText } from './report/escape.ts'

/**
 * Every pattern of `load/` outside tests. The tests below apply each to long hostile input, even if
 * it reads only our own files: its use may change.
 */
const PATTERNS: readonly (readonly [file: string, pattern: RegExp])[] = [
  ['bench/row/nchan-pair.ts', /subscribers: (\d{1,9})/],
  ['bench/row/redis.ts', /\r?\n/],
  ['lib/servers/change-log-client.ts', /^https?:\/\/[^/]+/],
  ['lib/servers/change-log-client.ts', /made at (\d+)/g],
  ['lib/servers/sum-of-gauge.ts', /^(?:\{[^}]*\})?[ \t]+([-+0-9.eE]+)/],
  ['lib/settings/metrics.ts', /^ ?(?:<=|>=|<|>|===|==|!=) ?-?\d{1,15}(?:\.\d{1,9})?$/],
  [
    'lib/settings/metrics.ts',
    /^([a-z]\w{0,100})(\{[^{}]{1,200}\})?:([a-z]+)(\(\d{1,3}(?:\.\d{1,6})?\))?(.*)$/,
  ],
  ['lib/settings/setting.ts', /^[0-9]{1,15}$/],
  [
    'lib/settings/setting.ts',
    /^https?:\/\/(?:[\w.-]+|\[[\dA-Fa-f:.]+\])(?::(\d{1,5}))?(?:[/?#][^\s,]*)?$/,
  ],
  ['lib/settings/setting.ts', /^https?:\/\/[^/?#]+$/],
  ['lib/settings/settings.ts', /^[a-zA-Z_:][a-zA-Z0-9_:]*$/],
  ['lib/stream/event-reader.ts', /\r\n|\n|\r/],
  ['lib/stream/event-reader.ts', /^ /],
  ['lib/stream/event-reader.ts', /^[0-9]+$/],
  ['long-poll/long-poll.ts', /<entry[\s/>]/],
  ['process/k6-binary.ts', /\.go$|^go\.(mod|sum)$/],
  ['process/k6-binary.ts', /^(k6\S*) v(\d{1,5})\.(\d{1,5})/],
  ['process/process-tree.ts', /^VmRSS:\s+(\d+) kB/m],
  ['report/escape.ts', /[\\`<>|&[\]]/g],
  ['report/escape.ts', /[\p{C}\p{Zl}\p{Zp}]/gu],
  ['report/fault-groups.ts', /\d+(?:\.\d+)?/g],
  ['runner/command-line.ts', /\{.*/],
  ['runner/command-line.ts', /^error: /],
  ['runner/edits/run-edits.ts', /\s+/g],
  ['runner/environment.ts', /^http(?=:)/],
  ['runner/host-limits.ts', /\s+/],
  ['runner/k6-flags.ts', /^(?:json|csv)=./],
  ['runner/k6-flags.ts', /^port=(\d{1,5})$/],
  ['runner/local-addresses.ts', /[-/]/],
  ['runner/probe.ts', /[[\]]/g],
  ['runner/probe.ts', /^application\/json\b/i],
  ['runner/probe.ts', /^text\/event-stream\s*(;|$)/i],
  ['runner/progress.ts', /^publish /],
  ['runner/runner-settings.ts', /^[\w.-]+(?:,[\w.-]+)*$/],
  ['scenarios/protocol.ts', /^https?:\/\/[^/]+/],
  ['scenarios/protocol.ts', /^text\/event-stream\b/],
]

/** Functions that process bytes of a target or a store. */
const READERS: readonly ((text: string) => unknown)[] = [
  previousLinkOf,
  publicationLogOf,
  (page) => sumOfGauge(page, 'sse_proxy_clients'),
  readEvents,
  consoleLine,
  htmlText,
  markdownText,
  (text) => {
    try {
      return httpUrl(text)
    } catch {
      return undefined
    }
  },
]

const LENGTH = 20_000
/**
 * A linear read of that length takes a fraction of this time, a quadratic one several times as
 * long.
 */
const SUSPICIOUS_MS = 100
/**
 * Ratio to the time for a quarter of the length: about 4 for a linear read, 16 for a quadratic one.
 */
const MAX_GROWTH = 8
const BEGINNINGS = ['', 'text/event-stream', 'VmRSS:', 'sse_proxy_clients', 'https://', 'made at ']
const REPEATED = [
  ...Array.from(' \t\n\r0aA/<>"{}:;,.\\&\u0000\u001B\uD800'),
  '<link ',
  '<link rel="previous"',
  'href="',
  'rel="previous" href="',
  'href="/changelog/publication/',
  'sse_proxy_clients{',
  'sse_proxy_clients \n',
  'VmRSS: \n',
  'https://a',
  'made at 1',
  '<entry',
  'id: 1\n',
  'data\r',
]

describe('load/ code for foreign bytes', () => {
  it('every regular expression of load/ is on the list', () => {
    const found = sources().flatMap(([file, text]) => {
      return literalsIn(text).map((literal) => `${file} ${literal}`)
    })
    const listed = PATTERNS.map(([file, pattern]) => `${file} ${pattern.toString()}`)
    expect(found.toSorted()).toEqual(listed.toSorted())
  })

  it('no file of load/ builds a regular expression from text', () => {
    const building = sources().filter(([, text]) => /\bRegExp\(/.test(text))
    expect(building.map(([file]) => file)).toEqual([])
  })

  it.each(PATTERNS)('%s applies %s in linear time', (_file, pattern) => {
    expect(notLinear((text) => text.replace(pattern, ''))).toEqual([])
    expect(notLinear((text) => text.split(pattern))).toEqual([])
  })

  it.each(READERS.map((read) => [read.toString().split('\n')[0] ?? '', read] as const))(
    '%s reads hostile text in linear time',
    (_name, read) => expect(notLinear(read)).toEqual([]),
  )

  it('literalsIn finds every regular expression literal in a text', () => {
    const code = String.raw`
      const A = /a\/[/"]b/g // not /this/
      f(/b/, x ? /c/ : /d/i) /* nor /this/ */
      return /e/.test('/not this/') && !/f/.test(path / 2 / 3)`
    expect(literalsIn(code)).toEqual([String.raw`/a\/[/"]b/g`, '/b/', '/c/', '/d/i', '/e/', '/f/'])
  })
})

/** Texts, as beginning, repeated part and end, whose time grows faster than their length. */
function notLinear(read: (text: string) => unknown): readonly (readonly string[])[] {
  const found: (readonly string[])[] = []
  for (const beginning of BEGINNINGS) {
    for (const part of REPEATED) {
      for (const end of ['', '\u0001']) {
        const hostile = (length: number) => {
          return beginning + part.repeat(Math.ceil(length / part.length)) + end
        }
        if (cpuMsOf(read, hostile(LENGTH)) < SUSPICIOUS_MS) continue
        const growth = leastMsOf(read, hostile(LENGTH)) / leastMsOf(read, hostile(LENGTH / 4))
        if (growth > MAX_GROWTH) found.push([beginning, part, end])
      }
    }
  }
  return found
}

/** The best of several runs, because garbage collection may disturb one. */
function leastMsOf(read: (text: string) => unknown, text: string): number {
  return Math.min(...[1, 2, 3].map(() => cpuMsOf(read, text)))
}

/** Processor time: a busy machine does not change it. */
function cpuMsOf(read: (text: string) => unknown, text: string): number {
  const before = process.cpuUsage()
  read(text)
  return process.cpuUsage(before).user / 1000
}

function sources(): readonly (readonly [file: string, text: string])[] {
  const root = fileURLToPath(new URL('.', import.meta.url))
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))
    .filter((file) => !file.endsWith('.test.ts') && !file.startsWith('testing/'))
    .map((file) => [file, readFileSync(join(root, file), 'utf8')] as const)
}

/** A literal begins where an expression may begin; a slash after a value is a division. */
function literalsIn(text: string): readonly string[] {
  const code = text.replaceAll(/\/\*[^]*?\*\/|(?<=^|\s)\/\/.*$/gm, '')
  const literal =
    /(?<=(?:[(=,:!?[&|]|\breturn|=>)\s*)\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[dgimsuvy]*/g
  return [...code.matchAll(literal)].map(([found]) => found)
}
