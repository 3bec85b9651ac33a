import type { RelayFaults } from '../../gateway/relay-faults.ts'
import { parseResponseHead, type Field, type ResponseHead } from '../../http/head.ts'
import type { Fault } from '../fault.ts'
import { FieldFaults } from './field-faults.ts'

const KNOWN =
  /^(?:content-type|content-length|content-encoding|transfer-encoding|connection|date|cache-control|etag|location|set-cookie|vary)$/i

const response = new FieldFaults('response')

/** Faults in the fields of a response on its way to the client. */
export const GATEWAY_RESPONSE_FIELD_FAULTS: readonly Fault<RelayFaults>[] = [
  response.dropping('strips-challenge', 'WWW-Authenticate'),
  response.dropping('strips-retry-after', 'Retry-After'),
  response.dropping('drops-link', 'Link'),
  response.dropping('drops-content-range', 'Content-Range'),
  response.dropping('strips-cors', 'Access-Control-Allow-Credentials'),
  response.dropping('strips-preflight', 'Access-Control-Allow-Headers'),
  response.dropping('drops-vary', 'Vary'),
  response.setting(
    'own-cache-control',
    'changes Cache-Control of a response',
    'Cache-Control',
    () => 'public, max-age=60',
  ),
  response.setting('own-allow', 'changes Allow of a response', 'Allow', () => 'GET, POST'),
  response.setting('vary-star', 'changes Vary of a response', 'Vary', () => '*'),
  response.setting('weakens-etag', 'changes ETag of a response', 'ETag', (value) => `W/${value}`),
  response.setting(
    'restamps-last-modified',
    'changes Last-Modified of a response',
    'Last-Modified',
    () => new Date().toUTCString(),
  ),
  response.setting(
    'rewrites-location',
    'changes Location of a response',
    'Location',
    (value) => `http://127.0.0.1${value}`,
  ),
  response.setting(
    'strips-type-params',
    'changes Content-Type of a response',
    'Content-Type',
    (value) => value.split(';')[0] ?? '',
  ),
  response.setting(
    'adds-charset',
    'changes Content-Type of a response',
    'Content-Type',
    (value) => `${value}; charset=iso-8859-1`,
  ),
  response.editing(
    'allowlist-response',
    'forwards the fields of a response that it knows',
    (fields) => fields.filter(([name]) => KNOWN.test(name)),
  ),
  response.editing(
    'last-response-value',
    'keeps the last of several fields with one name',
    (fields) =>
      fields.filter(
        ([name], at) =>
          name === 'Set-Cookie' || !fields.slice(at + 1).some(([other]) => other === name),
      ),
  ),
  response.editing(
    'reverses-response',
    'sends the fields of a response in reverse order',
    (fields) => fields.toReversed(),
  ),
  response.editing('joins-set-cookie', 'joins the lines of Set-Cookie', joinedCookies),
  response.editing('first-set-cookie', 'keeps the first Set-Cookie', (fields) =>
    fields.filter(
      ([name], at) => name !== 'Set-Cookie' || fields.findIndex(([other]) => other === name) === at,
    ),
  ),
  response.editing('adds-second-acao', 'adds Access-Control-Allow-Origin of its own', (fields) => [
    ...fields,
    ['Access-Control-Allow-Origin', '*'],
  ]),
  response.editing('drops-empty-response', 'drops fields of a response without a value', (fields) =>
    fields.filter(([, value]) => value !== ''),
  ),
  response.editing('recodes-response-fields', 'encodes values as UTF-8 a second time', (fields) =>
    fields.map(([name, value]) => [name, Buffer.from(value).toString('latin1')]),
  ),
  response.editing('twenty-response-fields', 'forwards twenty fields of a response', (fields) => [
    ...fields.slice(0, 20),
    ...fields.slice(-2),
  ]),
  response.editing(
    'doubles-response-fields',
    'sends every field but those of framing twice',
    (fields) =>
      fields.flatMap((field) =>
        /^(?:connection|content-length|transfer-encoding|date)$/i.test(field[0])
          ? [field]
          : [field, field],
      ),
  ),
  response.editing('no-date-added', 'adds no Date', (fields) =>
    fields.filter(([name]) => name !== 'Date'),
  ),
  response.editing('adds-age', 'adds Age', (fields) => [...fields, ['Age', '12']]),
  reading('response-head-8k', 'refuses response heads over 8 KiB', (text) =>
    text.length > 8192 ? undefined : parseResponseHead(text),
  ),
  reading('passes-listed-response', 'forwards fields that Connection of a response names', (text) =>
    parseResponseHead(text.replace(/\r\nconnection:[^\r\n]*x-hop[^\r\n]*/i, '')),
  ),
  {
    name: 'passes-keepalive-response',
    description: 'forwards Keep-Alive and Proxy-Connection of a response',
    points: () => ({
      responseHead: (text) =>
        parseResponseHead(text.replaceAll(/^(?=keep-alive:|proxy-connection:)/gim, 'X-Kept-')),
      response: (head) => ({
        ...head,
        fields: head.fields.map(([name, value]) => [name.replace(/^X-Kept-/, ''), value]),
      }),
    }),
  },
]

function reading(
  name: string,
  description: string,
  responseHead: (text: string) => ResponseHead | undefined,
): Fault<RelayFaults> {
  return { name, description, points: () => ({ responseHead }) }
}

function joinedCookies(fields: readonly Field[]): readonly Field[] {
  const cookies = fields.filter(([name]) => name === 'Set-Cookie').map(([, value]) => value)
  const others = fields.filter(([name]) => name !== 'Set-Cookie')
  return cookies.length === 0 ? others : [...others, ['Set-Cookie', cookies.join(', ')]]
}
