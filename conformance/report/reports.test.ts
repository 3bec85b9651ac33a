import { expect, test } from 'vitest'

import { forConcentrator } from '../checks/stream-check.ts'
import { describeTarget } from '../drivers/target-file.ts'
import type { SuiteRun } from '../run-suite.ts'
import type { ExpectationStatus } from '../runner/outcome/expectations.ts'
import type { VerdictKind } from '../runner/outcome/verdict.ts'
import { badge } from './badge.ts'
import { closingReport } from './console-report.ts'
import { htmlReport } from './html-report.ts'
import { jsonReport } from './json-report.ts'
import { reportSchema } from './report-schema.ts'
import { junitReport } from './junit-report.ts'
import { markdownReport } from './markdown-report.ts'
import { productsPage } from '../field/products/products-page.ts'

const WIRE = [
  '      1.0 ms  C ──> client 1 3 B "<b>"',
  '      2.0 ms    O <── origin A 1 B "\\x00"',
]

function result(id: string, kind: VerdictKind, reason: string) {
  const check = forConcentrator({
    id,
    title: `Title of ${id}`,
    level: 'must',
    source: '[sse §9.2.6]',
    meaning: 'users feel it',
    kills: [],
    run: () => Promise.resolve(),
  })
  return {
    check,
    verdict: { kind, reason },
    durationMs: 12,
    transcript: kind === 'PASS' ? [] : WIRE,
  }
}

const run: SuiteRun = {
  target: {
    driver: {
      name: 'demo',
      role: 'concentrator',
      claims: { capabilities: ['replay'] },
      start: () => Promise.reject(new Error('never started')),
    },
    product: 'a <product> & more',
    file: describeTarget({
      name: 'demo',
      product: 'demo',
      role: 'concentrator',
      external: { front: 'http://127.0.0.1:1' },
    }),
    flags: '--target demo.yaml',
  },
  results: [
    result('a.pass', 'PASS', ''),
    result('a.fail', 'FAIL', 'came | <script>\0'),
    result('b.known', 'FAIL', 'known'),
    result('b.skip', 'SKIP', 'not claimed'),
    result('b.error', 'ERROR', 'our fault'),
  ],
  statuses: new Map<string, ExpectationStatus>([
    ['a.pass', { kind: 'fine' }],
    ['a.fail', { kind: 'unexpected' }],
    ['b.known', { kind: 'expected', reason: 'it is old' }],
    ['b.skip', { kind: 'fine' }],
    ['b.error', { kind: 'unexpected' }],
  ]),
  stale: [{ check: 'c.old', verdict: 'FAIL', reason: 'it was so' }],
  holdMs: 2000,
  durationMs: 1234,
}

test('closingReport explains each unexpected failure: wire, finding, rule, users, how to repeat it', () => {
  const text = closingReport(run, (id) => `rerun ${id}`).join('\n')
  expect(text).toMatch(
    /FAIL {2}a\.fail[^]*client 1 3 B[^]*finding[^]*\[sse §9\.2\.6\][^]*users feel it[^]*rerun a\.fail/,
  )
  expect(text).not.toContain('rerun b.known')
  expect(text).toContain('STALE  c.old')
  expect(text).toContain('1 PASS, 2 FAIL, 1 SKIP, 1 ERROR')
})

test('jsonReport holds every result, in the shape of its schema', () => {
  const report = reportSchema.parse(JSON.parse(jsonReport(run)))
  expect(report.results.map(({ id, verdict, standing }) => [id, verdict, standing])).toEqual([
    ['a.pass', 'PASS', 'fine'],
    ['a.fail', 'FAIL', 'unexpected'],
    ['b.known', 'FAIL', 'expected'],
    ['b.skip', 'SKIP', 'fine'],
    ['b.error', 'ERROR', 'unexpected'],
  ])
  expect(report.results[1]?.transcript).toHaveLength(2)
})

test('junitReport counts unexpected failures as failures and faults of the suite as errors', () => {
  const xml = junitReport(run)
  expect(xml).toContain('tests="5" failures="1" errors="1" skipped="1"')
  expect(xml).toContain('<testcase name="a.fail" classname="demo.a"')
  expect(xml).toContain('came | &lt;script&gt;')
  expect(xml).not.toContain('\0')
})

test('htmlReport is one file without scripts, escapes foreign text, and has two lanes', () => {
  const html = htmlReport(run)
  expect(html).toContain('a &lt;product&gt; &amp; more')
  expect(html).not.toMatch(/<script|https?:\/\//)
  expect(html).toContain('<tr><td>1.0<td>──&gt; client 1 3 B &quot;&lt;b&gt;&quot;<td></tr>')
  expect(html).toContain('<tr><td>2.0<td><td>&lt;── origin A 1 B &quot;\\x00&quot;</tr>')
  expect(html).toContain('expected: it is old')
})

test('markdownReport counts by group and lists what did not pass, one line each', () => {
  const markdown = markdownReport(run)
  expect(markdown).toContain('| a | 1 PASS, 1 FAIL |')
  expect(markdown).toContain(
    String.raw`| FAIL | ${'`a.fail`'} Title of a.fail | came \| &lt;script&gt;\\x00`,
  )
  expect(markdown).toContain('FAIL (expected)')
})

test('badge counts the musts that were judged', () => {
  expect(JSON.parse(badge(run))).toMatchObject({ message: '1/4 must', color: 'red' })
})

test('productsPage counts what passed and groups the rest by reason, in whatever order results came', () => {
  const { target, results } = run
  const pages = [results, results.toReversed()].map((some) =>
    productsPage([{ target, version: '1.2', run: { ...run, results: some } }]),
  )
  expect(pages[0]).toContain('| [demo](#demo) | 1.2 | concentrator | 1 of 4 | 0 of 0 | 1 |')
  expect(pages[0]).toContain(
    '- `a.fail` (FAIL), `b.error` (ERROR): Not expected.\n- `b.known` (FAIL): it is old',
  )
  expect(pages[1]).toBe(pages[0])
})
