import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { parseSync, Visitor } from 'oxc-parser'
import { afterAll, expect, test } from 'vitest'

import { readExpectationFile } from '../drivers/expectation-file.ts'
import { loadTarget } from '../drivers/load-target.ts'
import { fillTemplate } from '../drivers/fill-template.ts'
import { readTargetFile } from '../drivers/target-file.ts'
import {
  escapeConsole,
  escapeHtml,
  escapeJson,
  escapeMarkdown,
  escapeXml,
} from '../report/escape.ts'
import { matchesGlob, splitGlobs } from '../runner/selection/glob.ts'
import { ChunkedReader } from '../wire/http/chunked-reader.ts'
import { firstSlowSize } from '../testing/first-slow-size.ts'
import { EventReader } from '../wire/sse/event-reader.ts'
import { parseHeaderFields } from '../wire/http/header-fields.ts'
import { LineSplitter } from '../wire/http/line-splitter.ts'
import { RequestReader } from '../wire/http/request-reader.ts'
import { ResponseReader } from '../wire/http/response-reader.ts'
import { quoteBytes } from '../wire/transcript.ts'
import { mapLines } from './mutants/stages/text.ts'
import { runStage } from './mutants/testing/run-stage.ts'

/** Calls `push` with each byte alone: the smallest chunks that a network delivers. */
function byteByByte(text: string, push: (chunk: Buffer) => void): void {
  const bytes = Buffer.from(text, 'latin1')
  for (let at = 0; at < bytes.length; at += 1) push(bytes.subarray(at, at + 1))
}

const folder = mkdtempSync(join(tmpdir(), 'linear-time-'))
afterAll(() => rmSync(folder, { recursive: true }))

function asFile(text: string): string {
  const path = join(folder, 'input.yaml')
  writeFileSync(path, text)
  return path
}

const ignore = (): void => {}

/** Every loop over foreign bytes, with its worst input. */
const LOOPS: Readonly<Record<string, (size: number) => void>> = {
  'parseHeaderFields, spaces inside a value': (size) =>
    void parseHeaderFields([`A: x${' '.repeat(size)}x`], ignore),
  'parseHeaderFields, a name without an end': (size) =>
    void parseHeaderFields(['A'.repeat(size)], ignore),
  'LineSplitter, one long line byte by byte': (size) => {
    const splitter = new LineSplitter(ignore)
    byteByByte('x'.repeat(size), (chunk) => {
      splitter.push(chunk)
      splitter.takeLine()
    })
  },
  'LineSplitter, many empty lines': (size) => {
    const splitter = new LineSplitter(ignore)
    splitter.push(Buffer.from('\n'.repeat(size)))
    while (splitter.takeLine() !== undefined);
  },
  'ChunkedReader, chunks of one byte': (size) => {
    const input = new LineSplitter(ignore)
    input.push(Buffer.from('1\r\nx\r\n'.repeat(size / 6)))
    new ChunkedReader(ignore).read(input)
  },
  'ChunkedReader, zeros before a size': (size) => {
    const input = new LineSplitter(ignore)
    input.push(Buffer.from(`${'0'.repeat(size)}g\r\n`))
    new ChunkedReader(ignore).read(input)
  },
  'ChunkedReader, spaces before an extension': (size) => {
    const input = new LineSplitter(ignore)
    input.push(Buffer.from(`1${' '.repeat(size)}g\r\n`))
    new ChunkedReader(ignore).read(input)
  },
  'mapLines of mutants, one long line byte by byte': (size) => {
    runStage(
      mapLines((line) => line),
      'x'.repeat(size).split(''),
    )
  },
  'RequestReader, a head byte by byte': (size) => {
    const reader = new RequestReader()
    byteByByte(
      `GET / HTTP/1.1\r\n${'a: b\r\n'.repeat(size / 12)}c:${' '.repeat(size / 2)}`,
      (chunk) => {
        reader.push(chunk)
      },
    )
  },
  'RequestReader, a body byte by byte': (size) => {
    const reader = new RequestReader()
    byteByByte(`PUT / HTTP/1.1\r\nContent-Length: ${size}\r\n\r\n${'x'.repeat(size)}`, (chunk) => {
      reader.push(chunk)
    })
  },
  'ResponseReader, a head byte by byte': (size) => {
    const reader = new ResponseReader('GET')
    byteByByte(
      `HTTP/1.1 200 OK\r\n${'a: b\r\n'.repeat(size / 12)}c:${' '.repeat(size / 2)}`,
      (chunk) => {
        reader.push(chunk)
      },
    )
  },
  'ResponseReader, interim answers': (size) =>
    void new ResponseReader('GET').push(Buffer.from('HTTP/1.1 100 \r\n\r\n'.repeat(size / 17))),
  'EventReader, one long line byte by byte': (size) => {
    const reader = new EventReader()
    byteByByte(`data: ${'x'.repeat(size)}\n\n`, (chunk) => void reader.push(chunk))
  },
  'EventReader, lines that end with CR and a far LF': (size) =>
    void new EventReader().push(Buffer.from(`${'\r'.repeat(size)}\n`)),
  'EventReader, one event of many fields': (size) =>
    void new EventReader().push(
      Buffer.from(`${'data\n'.repeat(size / 10)}${'x:y\n'.repeat(size / 8)}\n`),
    ),
  'EventReader, a retry of many digits': (size) =>
    void new EventReader().push(Buffer.from(`retry: ${'1'.repeat(size)}x\n\n`)),
  'quoteBytes, bytes that cannot be printed': (size) => void quoteBytes('\0'.repeat(size)),
  'escapeConsole, escapeHtml, escapeXml, escapeMarkdown, escapeJson': (size) => {
    for (const escape of [escapeConsole, escapeHtml, escapeXml, escapeMarkdown, escapeJson])
      escape('\x1b&\\`'.repeat(size / 4))
  },
  'matchesGlob, a long glob': (size) =>
    void matchesGlob(`${'*a'.repeat(size / 2)}b`, 'a'.repeat(30)),
  'matchesGlob, many braces': (size) =>
    void matchesGlob(`${'{a,a}'.repeat(size / 5)}b`, 'a'.repeat(30)),
  'matchesGlob, braces that do not close': (size) => void matchesGlob('{'.repeat(size), '{{{x'),
  'splitGlobs, braces that do not close': (size) => void splitGlobs(',{'.repeat(size / 2)),
  'fillTemplate, braces that do not close': (size) =>
    void fillTemplate('{a'.repeat(size / 2), { a: 'b' }),
  'the words of --spawn, quotes that do not close': (size) =>
    void loadTarget({
      source: { kind: 'spawn', command: `{frontPort} {backendUrl} ${`"'`.repeat(size / 2)}` },
      print: ignore,
    }),
  'a front with many slashes': (size) =>
    void loadTarget({
      source: { kind: 'front', url: `http://127.0.0.1:1/${'/'.repeat(size)}x` },
      print: ignore,
    }),
  'readTargetFile, deep nesting': (size) =>
    expect(() => readTargetFile(asFile('['.repeat(size)))).toThrow(/target file/),
  'readTargetFile, many keys': (size) => {
    const keys = Array.from({ length: size / 16 }, (_, at) => `key-${at}: value\n`)
    expect(() => readTargetFile(asFile(keys.join('')))).toThrow(/target file/)
  },
  'readTargetFile, aliases of aliases': (size) => {
    const levels = Array.from(
      { length: Math.min(40, size / 64) },
      (_, at) => `- &a${at + 1} [*a${at}, *a${at}]\n`,
    )
    expect(() => readTargetFile(asFile(`- &a0 x\n${levels.join('')}`))).toThrow(/target file/)
  },
  'readExpectationFile, one long line': (size) =>
    expect(() => readExpectationFile(asFile(`- ${'x'.repeat(size)}`))).toThrow(/expectation file/),
}

test.each(Object.entries(LOOPS))('%s takes time in proportion to its length', (_name, work) => {
  expect(firstSlowSize(work)).toBeUndefined()
})

/**
 * Every pattern of the suite that reads text from a target, a file or the command line, with its
 * worst input: a beginning, a repeated middle, and an end that makes the match fail.
 */
const PATTERNS: Readonly<Record<string, readonly [begin: string, middle: string, end: string]>> = {
  [String.raw`/"[^"]*"/g`]: ['"', 'a', ''],
  [String.raw`/\b[0-9a-f]{12}\b/g`]: ['', 'a', 'x'],
  [String.raw`/\bclose\b/i`]: ['', 'close', 's'],
  [String.raw`/\d+(?:\.\d+)?/g`]: ['', '1.', 'x'],
  [String.raw`/\{(?:secondB|b)ackend\w+\}/`]: ['{backend', 'a', 'x '],
  [String.raw`/^(?:[0-9a-f]+\r\n)?(?::[^\r\n]*[\r\n]{1,6})+$/`]: ['', ':\r\n', 'x'],
  [String.raw`/^(?:\[[\da-f:.]+\]|[\w.-]+)(?::\d+)?$/i`]: ['', 'a', ':x'],
  [String.raw`/^0*$/`]: ['', '0', 'x'],
  [String.raw`/^[\w./:@%+=,-]+$/`]: ['', 'a', ' '],
  [String.raw`/^a +X-Hidden: b$/`]: ['a', ' ', 'x'],
  [String.raw`/^a +b$/`]: ['a', ' ', 'x'],
  [String.raw`/^identity$/i`]: ['', 'identity', 'x'],
  [String.raw`/^the target does not claim: ([\w, -]+)$/`]: [
    'the target does not claim: ',
    'a, ',
    '.',
  ],
  [String.raw`/[\\/]/`]: ['', 'a', '/'],
  [String.raw`/[A-Z]/`]: ['', 'a', 'A'],
  [String.raw`/\bchunked\b/i`]: ['', 'chunke', 'x'],
  [String.raw`/^(?:ERR_TLS|ERR_SSL|EPROTO|CERT_|DEPTH_|SELF_|UNABLE_)/`]: ['', 'ERR_', 'x'],
  [String.raw`/^1\d\d$/`]: ['', '1', 'x'],
  [String.raw`/gzip/i`]: ['', 'gzi', 'x'],
  [String.raw`/\r\n?/g`]: ['', '\r', 'x'],
  [String.raw`/^(?::|(?:id|retry)(?::|$))/`]: ['', 'id', 'x'],
  ['/`+/g']: ['', '`', 'x'],
  [String.raw`/no-store|no-cache/`]: ['', 'no-', 'x'],
  [String.raw`/httpHeaders|line \d|:\d+:\d/`]: ['', ':1', 'x'],
  [String.raw`/\borigin\b/i`]: ['', 'origin', 's'],
  [String.raw`/\bGET\b/`]: ['', 'GET', 'S'],
  [String.raw`/^text\/event-stream\s*(;\s*charset="?utf-8"?)?$/i`]: ['text/event-stream', ' ', 'x'],
  [String.raw`/^text\/event-stream/i`]: ['', 'text/event-', 'x'],
  [String.raw`/no-cache|no-store/`]: ['', 'no-', 'x'],
  [String.raw`/\broute=a1\b/`]: ['', 'route=a1', 'x'],
  [String.raw`/^\/hop\/(\d+)$/`]: ['/hop/', '1', 'x'],
  [String.raw`/^[\da-f]{12}$/`]: ['', 'a', 'x'],
  [String.raw`/^\d+$/`]: ['', '1', 'x'],
  [String.raw`/^error: /`]: ['', 'error:', 'x'],
  [String.raw`/^(\d+) ms/`]: ['', '1', 'x'],
  [String.raw`/^measure\.(.*)$/`]: ['measure.', 'x', '\n'],
  [String.raw`/^\[/`]: ['', '[', 'x'],
  [String.raw`/\]$/`]: ['', ']', 'x'],
  [String.raw`/^https?:\/\//`]: ['', 'http:/', 'x'],
  [String.raw`/"([^"]*)"|'([^']*)'|(\S+)/g`]: ['', `" '`, 'x'],
  [String.raw`/\{(\w+)\}/g`]: ['', '{a', 'x'],
  [String.raw`/\{(\w+Port)\}/g`]: ['{', 'Port', 'x'],
  [String.raw`/^\/.*[^/]$/`]: ['/', '/', ''],
  [String.raw`/^ *([\d.]+) ms +([CO]) ([^]*)$/`]: [' ', '1', 'x'],
  [String.raw`/[\0-\x08\x0b-\x1f\x7f-\x9f\p{Cs}\u2028-\u202e\u2066-\u2069\ufffe\uffff]/gu`]: [
    '',
    '\0',
    'x',
  ],
  [String.raw`/[&<>"']/g`]: ['', '&', 'x'],
  [String.raw`/[&<>]/g`]: ['', '&', 'x'],
  [String.raw`/[\\\`*_[\]|~]/g`.replaceAll('\\`', '`')]: ['', '|', 'x'],
  [String.raw`/[\n\t]/g`]: ['', '\n', 'x'],
  [String.raw`/[\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufffe\uffff]/g`]: ['', '\x7f', 'x'],
  [String.raw`/^text\/event-stream\s*(;|$)/i`]: ['text/event-stream', ' ', 'x'],
  [String.raw`/^0*([0-9A-Fa-f]{1,12})(?:[ \t]*;.*)?$/`]: ['', '0', ' x'],
  [String.raw`/^[0-9]+$/`]: ['', '1', 'x'],
  [String.raw`/^[!#$%&'*+\-.^_` + '`' + String.raw`|~0-9A-Za-z]+$/`]: ['', 'a', ' '],
  [String.raw`/[\0-\x08\x0a-\x1f\x7f]/`]: ['', 'a', 'x'],
  [String.raw`/^HTTP\/1\.[01]$/`]: ['', 'HTTP/1.', 'x'],
  [String.raw`/^HTTP\/\d\.\d \d{3}(?: .*)?$/`]: ['HTTP/1.1 200 ', ' ', '\n'],
  [String.raw`/[^ !#-[\]-~]/g`]: ['', '\0', 'x'],
}

test.each(Object.entries(PATTERNS))('%s takes time in proportion to its input', (text, parts) => {
  const [begin, middle, end] = parts
  const [, source = '', flags = ''] = /^\/(.*)\/([a-z]*)$/.exec(text) ?? []
  const pattern = new RegExp(source, flags)
  const slow = firstSlowSize((size) => {
    const input = begin + middle.repeat(size / middle.length) + end
    if (flags.includes('g')) input.replaceAll(pattern, '')
    else pattern.exec(input)
  })
  expect(slow).toBeUndefined()
})

/** Folders whose patterns read only the suite's own text: pages, and the traffic of its mutants. */
const OWN_TEXT = ['proof', 'field', 'testing']

test("the list of linear patterns names exactly the suite's patterns that read foreign text", () => {
  const root = join(import.meta.dirname, '..')
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
    (path) =>
      path.endsWith('.ts') &&
      !path.endsWith('.test.ts') &&
      !OWN_TEXT.some((own) => path.startsWith(own)),
  )
  const found = new Set(files.flatMap((path) => patternsOf(join(root, path))))
  expect([...found].toSorted()).toEqual(Object.keys(PATTERNS).toSorted())
})

function patternsOf(path: string): readonly string[] {
  const found: string[] = []
  new Visitor({
    Literal(node) {
      if ('regex' in node) found.push(`/${node.regex.pattern}/${node.regex.flags}`)
    },
  }).visit(parseSync(path, readFileSync(path, 'utf8')).program)
  return found
}
