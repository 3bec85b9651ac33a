import type { RelayFaults } from '../../gateway/relay-faults.ts'
import {
  fieldValue,
  parseResponseHead,
  withField,
  withoutFields,
  type Field,
  type ResponseHead,
} from '../../http/head.ts'
import type { Fault } from '../fault.ts'

const KNOWN =
  /^(?:content-type|content-length|content-encoding|transfer-encoding|connection|date|cache-control|etag|location|set-cookie|vary)$/i

/** Faults in the fields of a response on its way to the client. */
export const GATEWAY_RESPONSE_FIELD_FAULTS: readonly Fault<RelayFaults>[] = [
  dropping('strips-challenge', 'WWW-Authenticate'),
  dropping('strips-retry-after', 'Retry-After'),
  dropping('drops-link', 'Link'),
  dropping('strips-cors', 'Access-Control-Allow-Credentials'),
  dropping('strips-preflight', 'Access-Control-Allow-Headers'),
  dropping('drops-vary', 'Vary'),
  setting('own-cache-control', 'Cache-Control', () => 'public, max-age=60'),
  setting('own-allow', 'Allow', () => 'GET, POST'),
  setting('vary-star', 'Vary', () => '*'),
  setting('weakens-etag', 'ETag', (value) => `W/${value}`),
  setting('restamps-last-modified', 'Last-Modified', () => new Date().toUTCString()),
  setting('rewrites-location', 'Location', (value) => `http://127.0.0.1${value}`),
  setting('strips-type-params', 'Content-Type', (value) => value.split(';')[0] ?? ''),
  setting('adds-charset', 'Content-Type', (value) => `${value}; charset=iso-8859-1`),
  editing('allowlist-response', 'forwards the fields of a response that it knows', (fields) =>
    fields.filter(([name]) => KNOWN.test(name)),
  ),
  editing('last-response-value', 'keeps the last of several fields with one name', (fields) =>
    fields.filter(
      ([name], at) =>
        name === 'Set-Cookie' || !fields.slice(at + 1).some(([other]) => other === name),
    ),
  ),
  editing('reverses-response', 'sends the fields of a response in reverse order', (fields) =>
    fields.toReversed(),
  ),
  editing('joins-set-cookie', 'joins the lines of Set-Cookie', joinedCookies),
  editing('first-set-cookie', 'keeps the first Set-Cookie', (fields) =>
    fields.filter(
      ([name], at) => name !== 'Set-Cookie' || fields.findIndex(([other]) => other === name) === at,
    ),
  ),
  editing('adds-second-acao', 'adds Access-Control-Allow-Origin of its own', (fields) => [
    ...fields,
    ['Access-Control-Allow-Origin', '*'],
  ]),
  editing('drops-empty-response', 'drops fields of a response without a value', (fields) =>
    fields.filter(([, value]) => value !== ''),
  ),
  editing('recodes-response-fields', 'encodes values as UTF-8 although they are', (fields) =>
    fields.map(([name, value]) => [name, Buffer.from(value).toString('latin1')]),
  ),
  editing('twenty-response-fields', 'forwards twenty fields of a response', (fields) => [
    ...fields.slice(0, 20),
    ...fields.slice(-2),
  ]),
  editing('doubles-response-fields', 'sends every field but those of framing twice', (fields) =>
    fields.flatMap((field) =>
      /^(?:connection|content-length|transfer-encoding|date)$/i.test(field[0])
        ? [field]
        : [field, field],
    ),
  ),
  editing('no-date-added', 'adds no Date', (fields) => fields.filter(([name]) => name !== 'Date')),
  editing('adds-age', 'adds Age', (fields) => [...fields, ['Age', '12']]),
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

function editing(
  name: string,
  description: string,
  edit: (fields: readonly Field[]) => readonly Field[],
): Fault<RelayFaults> {
  return {
    name,
    description,
    points: () => ({ response: (head) => ({ ...head, fields: edit(head.fields) }) }),
  }
}

function dropping(name: string, field: string): Fault<RelayFaults> {
  return {
    name,
    description: `does not forward ${field}`,
    points: () => ({ response: (head) => withoutFields(head, field) }),
  }
}

/** Changes a field where there is one. */
function setting(name: string, field: string, edit: (value: string) => string): Fault<RelayFaults> {
  const response = (head: ResponseHead): ResponseHead => {
    const value = fieldValue(head, field)
    return value === undefined ? head : withField(head, field, edit(value))
  }
  return { name, description: `changes ${field} of a response`, points: () => ({ response }) }
}

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
