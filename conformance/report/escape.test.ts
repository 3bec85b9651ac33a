import { DOMParser, onErrorStopParsing } from '@xmldom/xmldom'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import { forConcentrator } from '../checks/stream-check.ts'
import { describeTarget } from '../drivers/target-file.ts'
import type { SuiteRun } from '../run-suite.ts'
import type { ExpectationStatus } from '../runner/outcome/expectations.ts'
import { badge } from './machine/badge.ts'
import { closingReport, resultLine } from './console/closing-report.ts'
import { escapeConsole, escapeHtml, escapeMarkdown, escapeXml } from './escape.ts'
import { htmlReport } from './html/html-report.ts'
import { jsonReport } from './machine/json-report.ts'
import { junitReport } from './machine/junit-report.ts'
import { markdownReport } from './markdown-report.ts'

/** Any character. `unit: 'binary'` does the same with a table that takes a second. */
const character = fc
  .nat({ max: 0x10_ffff })
  .filter((code) => code < 0xd800 || code > 0xdfff)
  .map((code) => String.fromCodePoint(code))

/**
 * All characters that XML 1.0 forbids, every control character except newline and tab, and the
 * separators that some XML parsers turn into newlines.
 */
// eslint-disable-next-line no-control-regex -- control characters are what this looks for
const FORBIDDEN = /[\0-\x08\x0b-\x1f\x7f-\x9f\p{Cs}\u2028\u2029\ufffe\uffff]/u

/** Text as a hostile target sends it: any character, with many that have a meaning in a report. */
const hostileText = fc
  .array(
    fc.oneof(
      fc.constantFrom('&', '<', '>', '"', "'", ']]>', '&lt;', '&x;', '&#0;', ';', '|', '`', '\n'),
      fc.constantFrom('\x1b[2J', '\x07', '\0', '\r', '\t', '\x7f', '\x85', '\x9b31m', '\ud800'),
      fc.constantFrom('<script>', '<!--', '-->', '<?', '](http://x)', '\\'),
      fc.constantFrom('\ufffe', '\u202e', '\u2028', '\u2029'),
      fc.string({ unit: character, maxLength: 5 }),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''))

function hostileJudgement(text: string): SuiteRun {
  const check = forConcentrator({
    id: 'a.fail',
    title: 'A title',
    level: 'must',
    source: '[sse §9.2.6]',
    meaning: 'users feel it',
    kills: [],
    run: () => Promise.resolve(),
  })
  const results = (['FAIL', 'ERROR', 'SKIP', 'WARN'] as const).map((kind) => ({
    check: { ...check, id: `a.${kind.toLowerCase()}` },
    verdict: { kind, reason: text, symptom: kind === 'WARN' ? text : 'late-event' },
    durationMs: 1,
    transcript: [`  1.0 ms  C ${text}`],
  }))
  const statuses = new Map<string, ExpectationStatus>([
    ['a.fail', { kind: 'unexpected' }],
    ['a.error', { kind: 'unexpected' }],
    ['a.skip', { kind: 'fine' }],
    ['a.warn', { kind: 'expected', reason: text }],
  ])
  return {
    target: {
      driver: {
        name: text,
        role: 'concentrator',
        claims: { capabilities: [] },
        start: () => Promise.reject(new Error('never started')),
      },
      product: text,
      file: describeTarget({
        name: 'demo',
        product: text,
        role: 'concentrator',
        external: { front: 'http://127.0.0.1:1' },
      }),
      flags: `--front ${text}`,
    },
    results,
    statuses,
    stale: [{ check: text, verdict: 'FAIL', reason: text }],
    holdMs: 1,
    durationMs: 1,
  }
}

test('escapeXml output is read back unchanged by an XML parser', () => {
  fc.assert(
    fc.property(hostileText, (text) => {
      const escaped = escapeXml(text)
      const document = parseXml(`<a b="${escaped}">${escaped}</a>`)
      expect(document.documentElement?.textContent).toBe(escapeConsole(text))
      expect(document.documentElement?.getAttribute('b')).toBe(escapeConsole(text))
      expect(escaped).not.toMatch(FORBIDDEN)
    }),
  )
})

test('escapeConsole, escapeHtml and escapeMarkdown keep no control characters except newline and tab', () => {
  fc.assert(
    fc.property(hostileText, (text) => {
      expect(escapeConsole(text)).not.toMatch(FORBIDDEN)
      expect(escapeHtml(text)).not.toMatch(/[<>"']|&(?!(?:amp|lt|gt|quot|#39);)/)
      expect(escapeMarkdown(text)).not.toMatch(/[<>\n]|(?<!\\)(?:\\\\)*[`|[\]]/)
    }),
  )
})

test('escapeConsole makes terminal control sequences visible', () => {
  expect(escapeConsole('\x1b[2J\0\r\n\t\x9b\ud800\u202e')).toBe(
    String.raw`\x1b[2J\x00\x0d` + '\n\t' + String.raw`\x9b\ud800\u202e`,
  )
})

test('junitReport is well-formed XML with the whole message for any bytes that a target sends', () => {
  fc.assert(
    fc.property(hostileText, (text) => {
      const xml = junitReport(hostileJudgement(text))
      expect(xml).not.toMatch(FORBIDDEN)
      const document = parseXml(xml)
      const messages = ['failure', 'error', 'skipped'].map((kind) =>
        document.getElementsByTagName(kind)[0]?.getAttribute('message'),
      )
      expect(messages).toEqual([1, 2, 3].map(() => escapeConsole(text)))
    }),
  )
})

test('no report and no console line carries a control character that a target sent', () => {
  fc.assert(
    fc.property(hostileText, (text) => {
      const run = hostileJudgement(text)
      const [result] = run.results
      if (result === undefined) throw new Error('the run has results')
      const outputs = {
        badge: badge(run),
        console: closingReport(run).join('\n'),
        html: htmlReport(run),
        json: jsonReport(run),
        line: resultLine(result, { kind: 'unexpected' }),
        markdown: markdownReport(run),
      }
      for (const [format, output] of Object.entries(outputs)) {
        expect(output, format).not.toMatch(FORBIDDEN)
      }
      expect(() => JSON.parse(outputs.json) as unknown).not.toThrow()
      expect(outputs.html.match(/<script|<iframe|<img/g)).toEqual(['<script'])
    }),
  )
})

function parseXml(xml: string) {
  return new DOMParser({ onError: onErrorStopParsing }).parseFromString(xml, 'application/xml')
}
