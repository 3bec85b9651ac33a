import * as fc from 'fast-check'
import { SaxesParser } from 'saxes'
import { describe, expect, it } from 'vitest'

import { consoleLine, htmlText, markdownText } from './escape.ts'
import { htmlReport } from './html/html-report.ts'
import { junitReport } from './junit.ts'
import type { Outcome } from './outcome.ts'

/** Any character. `unit: 'binary'` does the same with a table that takes a second. */
const character = fc
  .nat({ max: 0x10_ffff })
  .filter((code) => code < 0xd800 || code > 0xdfff)
  .map((code) => String.fromCodePoint(code))

/** Any text that JSON can carry, with many characters that formats interpret. */
const hostile = fc.oneof(
  fc.string({ unit: character, maxLength: 60 }),
  fc
    .array(
      fc.constantFrom('&', '&amp;', '&#27;', '&nbsp;', '&foo;', '<', '>', ']]>', '<!--', '"', "'"),
    )
    .map((words) => words.join('')),
  fc
    .array(fc.constantFrom('\u0000', '\u001B[2J', '\u0085', '\uD800', '\uFFFE', '\r\n', '\u202E'))
    .map((words) => words.join('')),
)

describe('JUnit report', () => {
  it('junitReport is well-formed XML for any text of the target', () => {
    fc.assert(
      fc.property(hostile, hostile, hostile, (name, detail, fault) => {
        const document = parse(junitReport(outcomeSaying(name, detail, fault)))
        expect(document.elements).toEqual(ELEMENTS)
        expect(document.names).toContain(consoleLine(name))
        expect(document.text).toBe(`${consoleLine(detail)}\n${consoleLine(fault)}`)
      }),
      { numRuns: 500 },
    )
  })
})

describe('HTML report', () => {
  it('htmlReport of a hostile target differs from that of a harmless one only in escaped text', () => {
    const harmless = htmlReport(outcomeSaying('NAME', 'DETAIL', 'FAULT'))
    fc.assert(
      fc.property(hostile, hostile, hostile, (name, detail, fault) => {
        const expected = harmless.replaceAll(/NAME|DETAIL|FAULT/g, (word) => {
          return htmlText(word === 'NAME' ? name : word === 'DETAIL' ? detail : fault)
        })
        expect(htmlReport(outcomeSaying(name, detail, fault))).toBe(expected)
      }),
    )
  })

  it('htmlText returns no markup', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(htmlText(text)).toMatch(/^(?:[^&<>"']|&(?:amp|lt|gt|quot|#39);)*$/)
      }),
    )
  })
})

describe('console output', () => {
  it('consoleLine returns no control character', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(consoleLine(text)).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u)
      }),
    )
    expect(consoleLine('a\u001B[2J\nb')).toBe(String.raw`a\u{1b}[2J\u{a}b`)
  })

  it('consoleLine truncates a long line and adds its length', () => {
    expect(consoleLine('x'.repeat(5_000))).toBe(`${'x'.repeat(2_000)}… (5000 characters)`)
  })
})

describe('Markdown table cell', () => {
  it('markdownText cannot end a cell, begin markup or write an entity', () => {
    expect(markdownText('a|b\n<i>&amp;`[x](y)')).toBe(String.raw`a\|b\\u{a}\<i\>\&amp;\`\[x\](y)`)
  })
})

const ELEMENTS = [
  'testsuites',
  'testsuite',
  'testcase',
  'skipped',
  'testcase',
  'failure',
  'testcase',
]

function outcomeSaying(name: string, detail: string, fault: string): Outcome {
  return {
    scenario: 'smoke',
    profile: 'smoke',
    targets: ['http://127.0.0.1:1/'],
    store: 'http://127.0.0.1:2',
    startedAt: '2026-11-20T12:00:00.000Z',
    tookMs: 1,
    machine: { cpus: 2, memoryBytes: 1, system: 'Linux' },
    spread: { streams: 1, processes: 1, shards: 1 },
    isOk: false,
    phases: [{ kind: 'phase', name, tookMs: 1, facts: { [name]: 1 } }],
    checks: [{ kind: 'check', name, isOk: false, detail }],
    thresholds: [{ metric: 'm', rule: 'r', isOk: true, got: 'g' }],
    skipped: [name],
    faults: [fault],
    faultGroups: [{ text: fault, count: 2 }],
    stats: {},
    figures: [],
    latencies: [{ step: name, count: 1, p50: 1, p95: 1, p99: 1, max: 1 }],
    usage: [],
    cpuByPhase: [],
    metrics: {},
  }
}

/** Parses a document strictly by XML 1.0. Throws unless it is well-formed. */
function parse(xml: string) {
  const document = { elements: new Array<string>(), names: new Array<string>(), text: '' }
  let depth: string[] = []
  const parser = new SaxesParser()
  parser.on('error', (error) => {
    throw error
  })
  parser.on('opentag', ({ name, attributes }) => {
    document.elements.push(name)
    document.names.push(String(attributes['name']))
    depth = [...depth, name]
  })
  parser.on('closetag', () => {
    depth = depth.slice(0, -1)
  })
  parser.on('text', (text) => {
    if (depth.at(-1) === 'failure') document.text += text
  })
  parser.write(xml).close()
  return document
}
