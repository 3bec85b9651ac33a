import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { parseSync, Visitor } from 'oxc-parser'
import { describe, expect, it } from 'vitest'

import { superlinearGrowth } from './testing/cpu-growth.ts'

/** Every pattern of this folder, and the start, repeated part and end of its worst-case input. */
const PATTERNS: Readonly<Record<string, readonly [start: string, part: string, end: string]>> = {
  '/[\\u0000-\\u0008\\u000B\\u000C\\u000E-\\u001F\\uFFFE\\uFFFF]/g': ['', 'x', '\0'],
  '/\\$\\$|\\$\\{([A-Za-z_]\\w*)\\}/g': ['', '${a', '{'],
  '/\\/$/': ['', '/', 'x'],
  '/(?<=\\n)/': ['', '\n', 'x'],
  '/<link\\s([^<>]{0,2000})\\/?>/g': ['', '<link a', '<'],
  '/[\\u0000-\\u001F\\u007F-\\u009F\\u200B-\\u200F\\u2028-\\u202E\\u2060-\\u2069\\uFEFF]/g': [
    '',
    '\u0085',
    'x',
  ],
  '/\\/content\\/(\\d{1,15})/': ['', '/content/', 'x'],
  '/\\D/g': ['', 'x', '1'],
  '/^\\uFEFF/': ['', '\uFEFF', 'x'],
  '/^#\\/?/': ['#', '/', 'x'],
  '/^[\\w@%+=:,./-]+$/': ['', 'a', '!'],
  '/^\\/([\\w-]+\\/)*[\\w-]+\\.js$/': ['', '/a', '.ts'],
  '/^\\/(directives\\/)?[\\w-]+\\.js$/': ['/', 'a', '.ts'],
  '/^\\/(index\\.html|page\\.css|icon\\.svg)?$/': ['', '/', 'x'],
  '/^\\/+/': ['', '/', 'x'],
  '/^\\//': ['', '/', 'x'],
  '/^\\d+$/': ['', '1', 'x'],
  '/^https?:\\/\\/[^/]*/': ['http://', 'a', '/'],
  '/https?:\\/\\/[^/\\s]{0,300}/g': ['', 'http://a', ' '],
  '/(https?:\\/\\/[^"<>\\s]+)/': ['', 'http:/', '/'],
  '/space\\/[^/]+\\/$/': ['', 'space/a', '!'],
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
  '/^([1-9]\\d{0,14})-(.+)\\.snapshot$/': ['1-', '.snapshot', '/'],
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

describe('linear time of the patterns of mock-server', () => {
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
})
