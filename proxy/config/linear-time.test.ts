import { describe, expect, it } from 'vitest'

import { ProxyError } from '../errors.ts'
import { redact } from '../redact.ts'
import { parseConfig } from './read-config.ts'

/** About the largest file that is read; what grows with the square of it would take minutes. */
const SIZE = 130_000
/** Processor time, which a busy machine hardly changes. */
const MOST_CPU_MS = 25_000

function cpuMsSince(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start)
  return (user + system) / 1000
}

const filled = (unit: string, before = '', after = '') =>
  before + unit.repeat(Math.floor((SIZE - before.length - after.length) / unit.length)) + after
const keys = (line: (n: number) => string) => {
  const lines: string[] = []
  for (let length = 0; length < SIZE; length += (lines.at(-1) ?? '').length) {
    lines.push(line(lines.length))
  }
  return lines.join('')
}

const HEAD = 'backends: [{uri: "http://a/"}]\n'

const FILES: readonly (readonly [what: string, text: () => string])[] = [
  ['spaces', () => filled(' ', 'a:', '\u0001')],
  ['dollars', () => filled('$', HEAD)],
  ['nested defaults', () => filled('${A:-', HEAD)],
  ['keys', () => keys((n) => (n === 0 ? HEAD : `a${n}: 1\n`))],
  ['one key again', () => filled('a: 1\n', HEAD)],
  ['keys in brackets', () => `${HEAD}x: {${keys((n) => `a${n}, `)}}`],
  [
    'headers',
    () => `backends:\n- uri: "http://a/"\n  httpHeaders:\n${keys((n) => `    a${n}: b\n`)}`,
  ],
  ['one back end again', () => filled('- uri: http://a/\n', 'backends:\n')],
  ['connectors', () => filled('- port: 1\n', `${HEAD}server:\n  applicationConnectors:\n`)],
]

function read(text: string): string {
  try {
    parseConfig(text, 'file.yaml', { A: 'x' })
    return 'accepted'
  } catch (error) {
    if (error instanceof ProxyError) return 'refused'
    throw error
  }
}

describe('time to read a configuration is linear in its length, for', () => {
  it.each(FILES)('%s', (_what, text) => {
    const file = text()
    const start = process.cpuUsage()
    expect(read(file)).toMatch(/accepted|refused/)
    expect(cpuMsSince(start)).toBeLessThan(MOST_CPU_MS)
  })
})

describe('time to redact a text is linear in its length, for', () => {
  it.each([
    'http://',
    'http:',
    '?',
    '?a',
    '&',
    '&a=',
    '?a=b',
    '//',
    '@',
    'cookie',
    'cookie ',
    'cookie:',
    'Basic ',
    ' ',
    '\t',
    '"',
  ])('repeats of %j', (unit) => {
    const start = process.cpuUsage()
    for (const before of ['', 'http://a', 'http://a?', 'cookie', 'Basic']) {
      expect(redact(filled(unit, before))).not.toBe('')
    }
    expect(cpuMsSince(start)).toBeLessThan(MOST_CPU_MS)
  })
})
