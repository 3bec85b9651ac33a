import { createHash } from 'node:crypto'

import { expect, test } from 'vitest'

import { VERDICT_KINDS } from '../runner/outcome/verdict.ts'
import type { SuiteRun } from '../run-suite.ts'
import { badge } from './machine/badge.ts'
import { closingReport } from './console/closing-report.ts'
import { htmlReport } from './html/html-report.ts'
import { jsonReport } from './machine/json-report.ts'
import { reportSchema } from './machine/report-schema.ts'
import { junitReport } from './machine/junit-report.ts'
import { markdownReport } from './markdown-report.ts'
import { SAMPLE_RUN } from './testing/sample-run.ts'

test('closingReport shows finding, effect, rule, wire and rerun command of each unexpected failure', () => {
  const text = closingReport(SAMPLE_RUN).join('\n')
  expect(text).toMatch(
    /FAIL {2}a\.fail[^]*finding[^]*users feel it[^]*\[sse §9\.2\.6\][^]*client 1 3 B[^]*--target demo\.yaml --only a\.fail/,
  )
  expect(text).not.toContain('--only b.known')
  expect(text).toContain('STALE  c.old')
  expect(text).toContain('1 PASS, 2 FAIL, 1 SKIP, 1 ERROR')
})

/** The run when one of its checks got no verdict. */
function runWithUndecided(id: string): SuiteRun {
  const results = SAMPLE_RUN.results.map((result) =>
    result.check.id === id
      ? { ...result, verdict: { ...result.verdict, kind: 'INCONCLUSIVE' as const } }
      : result,
  )
  return { ...SAMPLE_RUN, results }
}

test('closingReport lists checks without a verdict apart from those that failed', () => {
  const text = closingReport(runWithUndecided('a.fail')).join('\n')
  expect(text).toMatch(/^What failed:\n {2}ERROR +b\.error [^\n]*\n\nWhat got no verdict:\n/m)
  expect(text).toMatch(/^What got no verdict:\n {2}INCONCLUSIVE +a\.fail /m)
})

test('htmlReport lists checks without a verdict apart from those that failed', () => {
  const [, failed = '', undecided = ''] = htmlReport(runWithUndecided('a.fail')).split(
    /<h2>What failed<\/h2>|<h2>What got no verdict<\/h2>/,
  )
  expect(idsIn(failed)).toEqual(['b.error'])
  expect(idsIn(undecided)).toEqual(['a.fail'])
  expect(htmlReport(SAMPLE_RUN)).not.toContain('What got no verdict')
})

test('htmlReport has one filter for each kind of verdict, and failed is FAIL and ERROR alone', () => {
  const buttons = htmlReport(SAMPLE_RUN).matchAll(/data-kinds="([^"]+)"[^>]*>([^<]*)</g)
  const filters = new Map([...buttons].map(([, kinds = '', name]) => [name, kinds.split(' ')]))
  expect(filters.get('failed')).toEqual(['FAIL', 'ERROR'])
  expect([...filters.values()].flat().toSorted()).toEqual(VERDICT_KINDS.toSorted())
})

/** The ids in the list with which this part of a page begins. */
function idsIn(html: string): readonly (string | undefined)[] {
  const [list = ''] = html.split('</ol>')
  return [...list.matchAll(/<code>([^<]*)<\/code>/g)].map(([, id]) => id)
}

test('jsonReport contains every result and matches its schema', () => {
  const report = reportSchema.parse(JSON.parse(jsonReport(SAMPLE_RUN)))
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
  const xml = junitReport(SAMPLE_RUN)
  expect(xml).toContain('tests="5" failures="1" errors="1" skipped="1"')
  expect(xml).toContain('<testcase name="a.fail" classname="demo.a"')
  expect(xml).toContain('came | &lt;script&gt;')
  expect(xml).not.toContain('\0')
})

test('htmlReport is one file that loads nothing, escapes foreign text, and has two lanes', () => {
  const html = htmlReport(SAMPLE_RUN)
  expect(html).toContain('a &lt;product&gt; &amp; more')
  expect(html).not.toMatch(/https?:\/\/|src=|<link/)
  expect(html.match(/<script/g)).toHaveLength(1)
  expect(html).toContain('<tr><td>1.0<td>──&gt; client 1 3 B &quot;&lt;b&gt;&quot;<td></tr>')
  expect(html).toContain('<tr><td>2.0<td><td>&lt;── origin A 1 B &quot;\\x00&quot;</tr>')
  expect(html).toContain('expected: it is old')
})

test('htmlReport allows the script of the page and no other', () => {
  const html = htmlReport(SAMPLE_RUN)
  const script = /<script>([^]*)<\/script>/.exec(html)?.[1] ?? ''
  const hash = createHash('sha256').update(script).digest('base64')
  expect(html).toContain(`script-src 'sha256-${hash}'`)
})

test('htmlReport shows the causes of failures before all checks, each with its command', () => {
  const html = htmlReport(SAMPLE_RUN)
  const places = [
    'id="cause-a.fail"',
    '<span>--target</span> demo.yaml <span>--only</span> a.fail',
    'All checks',
    'id="a.pass"',
  ]
  expect(places.map((text) => html.indexOf(text))).toEqual(
    places.map((text) => html.indexOf(text)).toSorted((a, b) => a - b),
  )
  expect(html).not.toContain('id="cause-b.known"')
  expect(places.every((text) => html.includes(text))).toBe(true)
})

test('markdownReport counts by group and lists what did not pass, one line each', () => {
  const markdown = markdownReport(SAMPLE_RUN)
  expect(markdown).toContain('| a | 1 PASS, 1 FAIL |')
  expect(markdown).toContain(
    String.raw`| FAIL | ${'`a.fail`'} Title of a.fail | came \| &lt;script&gt;\\x00`,
  )
  expect(markdown).toContain('FAIL (expected)')
})

test('badge counts only judged musts', () => {
  expect(JSON.parse(badge(SAMPLE_RUN))).toMatchObject({ message: '1/4 must', color: 'red' })
})
