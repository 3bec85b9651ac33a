import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { parseSync, Visitor } from 'oxc-parser'
import request from 'supertest'
import { afterAll, describe, expect, it } from 'vitest'

import { readEntry } from './atom/read-entry.ts'
import { readSection } from './atom/read-section.ts'
import { parseConfig } from './config.ts'
import { MockServerError } from './errors.ts'
import { encodeEvent } from './sse/encode.ts'
import { superlinearGrowth } from './testing/cpu-growth.ts'
import { serveStore } from './testing/serve-store.ts'

const folder = mkdtempSync(join(tmpdir(), 'mock-server-linear-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Every pattern of this folder, and the start, repeated part and end of its worst-case input. */
const PATTERNS: Readonly<Record<string, readonly [start: string, part: string, end: string]>> = {
  '/[\\u0000-\\u0008\\u000B\\u000C\\u000E-\\u001F\\uFFFE\\uFFFF]/g': ['', 'x', '\0'],
  '/\\$\\$|\\$\\{([A-Za-z_]\\w*)\\}/g': ['', '${a', '{'],
  '/\\/$/': ['', '/', 'x'],
  '/\\/after\\/(\\d{1,15})/': ['', '/after/', 'x'],
  '/^([A-Za-z_]\\w*)=([\\s\\S]*)$/': ['', 'a', '-'],
  '/^(\\/[^\\s\\\\]*|\\$[A-Za-z_]\\w*)$/': ['/', 'a', ' '],
  '/^(\\d{1,9}(?:\\.\\d{1,3})?)(ms|s|m|h)$/': ['', '1', 'x'],
  '/^-?\\d{1,15}$/': ['-', '1', 'x'],
  '/^[A-Za-z_]\\w{0,99}$/': ['', 'a', '-'],
  '/^[\\w-]+$/': ['', 'a', '!'],
  '/^\\$([A-Za-z_]\\w*)$/': ['$', 'a', '-'],
  '/^\\$[A-Za-z_]\\w*$/': ['$', 'a', '-'],
  '/&(?:amp|lt|gt|quot|apos|#\\d{1,7}|#x[\\da-fA-F]{1,6});/y': ['&#', '1', 'x'],
  '/<kept-(\\w+)\\/>|(<entry(?: xmlns="[^"<]*")?) kept=""|(<content type="application\\/vnd\\.vizrt\\.payload\\+xml">)\\d+(?=<\\/content>)/g':
    ['<content type="application/vnd.vizrt.payload+xml">', '1', 'x'],
  '/\\/webservice\\/escenic\\/person\\/(\\d{1,15})$/': ['', '/webservice/escenic/person/1', 'x'],
  '/(?<=<updated>)[^<]*/': ['', '<updated', '>'],
  '/^[\\w.~-]+$/': ['', 'a', '!'],
  '/^\\.{1,2}$/': ['', '.', 'x'],
  '/^[\\w!#$&^.+-]+\\/[\\w!#$&^.+-]+\\s*(?:;.*)?$/': ['a/b', ' ', '!'],
  '/:\\d+$/': ['', ':1', 'x'],
  '/<!\\[CDATA\\[|<!--|<\\?|&/g': ['', '<!-', '<![CDATA'],
  '/[^\\t\\n\\r\\u0020-\\uD7FF\\uE000-\\uFFFD\\u{10000}-\\u{10FFFF}]/u': ['', 'x', '\0'],
  '/\\p{C}/gu': ['', '\u0085', 'x'],
  '/[\\r\\n\\0]/': ['', 'x', '\0'],
  '/[A-Z]/g': ['', 'A', ''],
  '/\\/lock\\/article\\/(\\d{1,15})\\/private\\/(\\d{1,15})$/': [
    '',
    '/lock/article/1',
    '/private/x',
  ],
  '/\\/section\\/(\\d{1,15})$/': ['', '/section/1', 'x'],
  '/\\/webservice\\/escenic\\/content\\/(\\d{1,15})$/': ['', '/webservice/escenic/content/1', 'x'],
  '/\\r\\n|\\n|\\r/': ['', '\r', 'x'],
  '/\\{(\\w+)\\}/g': ['', '{a', '{'],
  '/^[\\w-][\\w.-]{0,63}$/': ['', 'a', '!'],
  '/[/?#]/': ['', 'a', '/'],
  '/^[^\\s"<>&]{1,200}$/': ['', 'a', '<'],
  '/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/': ['', 'a-', '!'],
  '/^https?$/': ['', 'http', 'x'],
  '/^https?:\\/\\/[^/?#]*/i': ['http://', 'a', '/'],
  '/^/gm': ['', '\n', 'x'],
  '/^(\\d{1,15})-(\\d{1,3})$/': ['', '1', '-'],
  '/^(?:[a-z\\d](?:[a-z\\d._-]*[a-z\\d])?|\\[[\\da-f:.]+\\])(?::\\d{1,5})?$/i': ['', 'a', '!'],
  '/^(publication|section|person|list)\\/\\d+$/': ['list/', '1', 'x'],
  '/^127\\.\\d+\\.\\d+\\.\\d+$/': ['127.', '1', '.'],
  '/^Basic +([\\w+/=-]+) *$/i': ['Basic', ' ', '!'],
  '/^[\\w.:-]{1,100}$/': ['', 'a', '!'],
  '/^[^:]*$/': ['', 'a', ':'],
  '/^\\[(.*)\\]$/': ['[', 'a', ''],
  '/^\\d{1,15}$/': ['', '1', 'x'],
  '/^[+-]?\\d{1,15}$/': ['+', '1', 'x'],
  '/\\/changelog\\/([a-z]+)\\/([^/]+)(?:\\/(before|after)\\/\\d+)?$/': ['', '/changelog/a/b', '/'],
  '/^data: (.*)$/gm': ['data: ', 'a', '\n'],
  '/^[\\w-]{1,20}(?= )/': ['', 'a', 'x'],
  '/^([a-z][a-z\\d+.-]*:\\/\\/)[^/]*@/i': ['a://', 'a', '/'],
  '/token|secret|passw|pwd|auth|credential|session|signature|^sig$|jwt|ticket|api[-_.]?key|^key$|^code$|bearer/i':
    ['', 'sessio', 'x'],
  '/^\\d{1,16}$/': ['', '1', 'x'],
  '/^\\d{1,5}$/': ['', '1', 'x'],
  '/^error: /': ['', 'error:', ' '],
  '/^[\\w.:-]+$/': ['', 'a', '!'],
  '/^<\\?xml [^>]*?encoding\\s*=\\s*["\']([\\w.-]+)["\']/i': ['<?xml ', 'encoding ', '>'],
  '/^https?:\\/\\/[\\w.[\\]:-]+(\\/[\\w./~%-]*)?$/': ['http://', 'a', '!'],
}

/** Worst-case inputs for the parser of entries; most repeat something in a payload. */
const ENTRIES: Readonly<Record<string, (size: number) => string>> = {
  'nested namespace declarations': (size) =>
    payload(numbered(size / 20, (n) => `<a xmlns:n${n}="u${n}">`)),
  'namespace declarations side by side': (size) =>
    payload(numbered(size / 24, (n) => `<n${n}:a xmlns:n${n}="u"/>`)),
  'elements below many namespaces': (size) =>
    payload(
      numbered(60, (n) => `<a xmlns:n${n}="u">`) + '<n3:b/>'.repeat(size / 7) + '</a>'.repeat(60),
    ),
  'kept elements below many namespaces': (size) =>
    entry(`<x ${numbered(60, (n) => ` xmlns:n${n}="u"`)}/>${'<n3:b/>'.repeat(size / 7)}`),
  'kept attributes': (size) => entry(numbered(size / 20, (n) => `<x a="&#10;" b${n}="&#9;"/>`)),
  'nested elements': (size) => payload('<a>'.repeat(size / 3)),
  'elements side by side': (size) => payload('<a/>'.repeat(size / 4)),
  'attributes of one element': (size) =>
    payload(`<a ${numbered(size / 10, (n) => ` a${n}="1"`)}/>`),
  'one long attribute': (size) => payload(`<a b="${'&lt;'.repeat(size / 4)}"/>`),
  'an open attribute': (size) => payload(`<a b="${'x'.repeat(size)}`),
  'empty quotes in a tag': (size) => payload(`<a ${'""'.repeat(size / 2)}/>`),
  'spaces in a tag': (size) => payload(`<a${' '.repeat(size)}/>`),
  'spaces before an equals sign': (size) => payload(`<a b${' '.repeat(size)}="1"/>`),
  'a long name': (size) => payload(`<${'a'.repeat(size)}/>`),
  'colons in a name': (size) => payload(`<${'a:'.repeat(size / 2)}/>`),
  references: (size) => payload('&amp;'.repeat(size / 5)),
  'a reference that does not end': (size) => payload(`&#${'1'.repeat(size)}`),
  comments: (size) => payload('<!---->'.repeat(size / 7)),
  'an open comment': (size) => payload(`<!--${'-'.repeat(size)}`),
  'CDATA sections': (size) => payload('<![CDATA[]]>'.repeat(size / 12)),
  'open CDATA sections': (size) => payload('<![CDATA['.repeat(size / 9)),
  'processing instructions': (size) => payload('<?a?>'.repeat(size / 5)),
  'angle brackets': (size) => payload('<'.repeat(size)),
  'closing brackets': (size) => payload(']]>'.repeat(size / 3)),
  'line ends': (size) => payload('\r\n<a/>'.repeat(size / 6)),
  DOCTYPEs: (size) => '<!DOCTYPE a>'.repeat(size / 12),
  titles: (size) => entry('<title/>'.repeat(size / 8)),
  'spaces around a state': (size) =>
    entry(
      `<control xmlns="http://www.w3.org/2007/app"><draft>${' '.repeat(size)}x</draft></control>`,
    ),
  'links to files': (size) => payload('<link rel="edit-media" href="x"/>'.repeat(size / 35)),
  'slashes in a model': (size) =>
    entry(`<content><vdf:payload model="${'/'.repeat(size)}"/></content>`),
}

/** Request headers with worst-case values. */
const HEADERS: Readonly<Record<string, (size: number) => string>> = {
  Authorization: (size) => `Basic${' '.repeat(size)}!`,
  'If-Match': (size) => ',"a"'.repeat(size / 4),
  'If-None-Match': (size) => 'W/"a",'.repeat(size / 6),
  Accept: (size) => 'a/b;q=0.1,'.repeat(size / 10),
  'Accept-Language': (size) => 'en;q=0.1,'.repeat(size / 9),
  'Content-Type': (size) => `application/atom+xml;${' ;'.repeat(size / 2)}`,
  Cookie: (size) => 'a=b; '.repeat(size / 5),
  Origin: (size) => `http://${'a.'.repeat(size / 2)}`,
  Host: (size) => 'a.'.repeat(size / 2),
  'X-Forwarded-Host': (size) => `${'a'.repeat(size)}!`,
  'X-Forwarded-For': (size) => '1,'.repeat(size / 2),
  'X-Escenic-Locks': (size) => '/lock/article/1,'.repeat(size / 16),
  'Last-Event-ID': (size) => '1'.repeat(size),
}

/** Worst-case request targets for the router and the query parser. */
const TARGETS: Readonly<Record<string, (size: number) => string>> = {
  slashes: (size) => '/'.repeat(size),
  escapes: (size) => `/webservice/escenic/changelog/section/${'%2F'.repeat(size / 3)}`,
  'broken escapes': (size) => `/webservice/${'%'.repeat(size)}`,
  segments: (size) => `/webservice/escenic/changelog${'/1'.repeat(size / 2)}`,
  'query parameters': (size) =>
    `/webservice/escenic/changelog/section/12?${'count=1&'.repeat(size / 8)}`,
  'brackets in a query': (size) => `/__mock/info?a${'[a]'.repeat(size / 3)}=1`,
}

const JSON_BODIES: Readonly<Record<string, (size: number) => string>> = {
  'open arrays': (size) => '['.repeat(size),
  strings: (size) => `{"data":{"a":"${'\\"'.repeat(size / 2)}"}}`,
  'an open string': (size) => `{"a":"${'\\'.repeat(size)}`,
  members: (size) => `{"data":{${numbered(size / 10, (n) => `"a${n}":1,`)}"b":1}}`,
  'a number': (size) => `{"data":{"a":${'9'.repeat(size)}}}`,
  'unknown members': (size) => `{${numbered(size / 10, (n) => `"a${n}":1,`)}"b":1}`,
}

const FILES: Readonly<Record<string, (size: number) => string>> = {
  'open lists': (size) => `allowHost: ${'['.repeat(size)}`,
  'nested maps': (size) => numbered(Math.sqrt(size), (n) => `${' '.repeat(n)}a:\n`),
  'slashes in a URL': (size) => `publicUrl: http://a${'/'.repeat(size)}x`,
  'slashes in a bad URL': (size) => `publicUrl: "http://a${'/'.repeat(size)}!"`,
  'commas in a list': (size) => `allowHost: "${','.repeat(size)}"`,
  'spaces in a list': (size) => `allowHost: "a${' '.repeat(size)}b"`,
  digits: (size) => `port: ${'1'.repeat(size)}`,
  'unknown settings': (size) => numbered(size / 10, (n) => `a${n}: 1\n`),
}

function numbered(count: number, write: (index: number) => string): string {
  return Array.from({ length: Math.floor(count) }, (_, index) => write(index)).join('')
}

function entry(inner: string): string {
  return `<entry xmlns="http://www.w3.org/2005/Atom" xmlns:vdf="http://www.vizrt.com/types">${inner}</entry>`
}

function payload(inner: string): string {
  return entry(`<content><vdf:payload>${inner}</vdf:payload></content>`)
}

/** Runs code that may refuse its input. Any other error than our own fails the test. */
function refuse(run: () => unknown): void {
  try {
    run()
  } catch (error) {
    if (!(error instanceof MockServerError)) throw error
  }
}

function readOrRefuse(xml: string): void {
  refuse(() => readEntry(xml))
}

function readSectionOrRefuse(xml: string): void {
  refuse(() => readSection(xml))
}

/** Worst-case payloads of sections, whose fields are kept one by one. */
const SECTIONS: Readonly<Record<string, (size: number) => string>> = {
  'fields below many namespaces': (size) =>
    section(
      '<vdf:field name="n1: n2: n3:"/>'.repeat(size / 31),
      numbered(60, (n) => ` xmlns:n${n}="u"`),
    ),
  'known fields': (size) =>
    section('<vdf:field name="com.escenic.sectionName"/>'.repeat(size / 43)),
  'values of a known field': (size) =>
    section(
      `<vdf:field name="com.escenic.sectionName">${'<vdf:value/>'.repeat(size / 12)}</vdf:field>`,
    ),
  'links to a parent': (size) =>
    section('', '', '<link rel="http://www.vizrt.com/types/relation/parent"/>'.repeat(size / 56)),
}

function section(fields: string, declarations = '', links = ''): string {
  const start = `<vdf:payload model="x/com.escenic.section"${declarations}>`
  return entry(`${links}<content>${start}${fields}</vdf:payload></content>`)
}

/** The pattern literals of all files except tests and their helpers. */
function patternsOfSources(): ReadonlySet<string> {
  const found = new Set<string>()
  const files = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
  for (const name of files) {
    if (!name.endsWith('.ts') || name.endsWith('.test.ts')) continue
    if (/(^|\/)(testing|bench)\//.test(name)) continue
    const path = join(import.meta.dirname, name)
    new Visitor({
      Literal(node) {
        if ('regex' in node) found.add(`/${node.regex.pattern}/${node.regex.flags}`)
      },
    }).visit(parseSync(path, readFileSync(path, 'utf8')).program)
  }
  return found
}

describe('linear time of mock-server', () => {
  it('every pattern in the sources of mock-server is on the list', () => {
    expect([...patternsOfSources()].toSorted()).toEqual(Object.keys(PATTERNS).toSorted())
  })

  it.each(Object.entries(PATTERNS))('the pattern %s takes linear time', async (text, parts) => {
    const [, source = '', flags = ''] = /^\/(.*)\/([a-z]*)$/.exec(text) ?? []
    const pattern = new RegExp(source, flags.includes('y') ? flags : `g${flags.replace('g', '')}`)
    const [start, part, end] = parts
    const grow = (size: number) => start + part.repeat(Math.floor(size / part.length)) + end
    expect(await superlinearGrowth(grow, (input) => input.replace(pattern, ''))).toBeUndefined()
  })

  it.each(Object.entries(ENTRIES))('readEntry takes linear time for %s', async (_name, grow) => {
    expect(await superlinearGrowth(grow, readOrRefuse)).toBeUndefined()
  })

  it.each(Object.entries(SECTIONS))('readSection takes linear time for %s', async (_name, grow) => {
    expect(await superlinearGrowth(grow, readSectionOrRefuse)).toBeUndefined()
  })

  it.each(['\n', '\r', '\r\n', 'x'])(
    'encodeEvent takes linear time for data of %j',
    async (part) => {
      const grow = (size: number) => part.repeat(size / part.length)
      expect(await superlinearGrowth(grow, (data) => encodeEvent({ data }))).toBeUndefined()
    },
  )

  it.each(Object.entries(FILES))(
    'parseConfig takes linear time for %s in a file',
    async (_name, grow) => {
      const path = join(folder, 'store.yaml')
      const run = (yaml: string) => {
        writeFileSync(path, yaml)
        refuse(() => parseConfig(['--config', path], {}))
      }
      expect(await superlinearGrowth(grow, run)).toBeUndefined()
    },
  )

  it.each(Object.entries(JSON_BODIES))(
    'the control API takes linear time for %s',
    async (_name, grow) => {
      await using store = await serveStore()
      const run = async (body: string) => {
        const url = `${store.url}/__mock/newsgate/events`
        const response = await fetch(url, { method: 'POST', body })
        await response.text()
        expect([201, 400]).toContain(response.status)
      }
      expect(await superlinearGrowth(grow, run)).toBeUndefined()
    },
  )

  it('the web service takes linear time for every header and target', async () => {
    // Node refuses a head of more than 16 KB.
    await using store = await serveStore({ acceptAnyLogin: true, corsOrigins: ['http://a.test'] })
    for (const [name, grow] of Object.entries(HEADERS)) {
      const run = async (value: string) => {
        const path = '/webservice/escenic/content/801'
        const headers = { 'Content-Type': 'application/atom+xml', [name]: value }
        const { status } = await request(store.url).put(path).set(headers).send('<entry/>')
        expect(status, name).toBeLessThan(500)
      }
      const growth = await superlinearGrowth(grow, run, 900)
      expect(growth, name).toBeUndefined()
    }
    for (const [name, grow] of Object.entries(TARGETS)) {
      const run = async (path: string) => {
        const { status } = await request(store.url).get(path)
        expect(status, name).toBeLessThan(500)
      }
      const growth = await superlinearGrowth(grow, run, 900)
      expect(growth, name).toBeUndefined()
    }
  })
})
