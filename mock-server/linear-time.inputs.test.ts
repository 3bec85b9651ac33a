import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

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

describe('linear time of the inputs of mock-server', () => {
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
