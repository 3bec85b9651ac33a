import type { RelayFaults } from '../../gateway/relay-faults.ts'
import { fieldValue, withField, type Field } from '../../http/head.ts'
import type { Fault } from '../fault.ts'
import { FieldFaults } from './field-faults.ts'

const KNOWN = new Set([
  'host',
  'accept',
  'authorization',
  'connection',
  'content-length',
  'content-type',
  'cookie',
  'last-event-id',
  'origin',
  'transfer-encoding',
  'via',
])

const request = new FieldFaults('request')

/** Faults in the fields of a request on its way to the back end. */
export const GATEWAY_REQUEST_FIELD_FAULTS: readonly Fault<RelayFaults>[] = [
  request.dropping('strip-auth', 'Authorization'),
  request.dropping('strip-referer', 'Referer'),
  request.dropping('strip-cache-control', 'Cache-Control'),
  request.dropping('drops-host', 'Host'),
  request.dropping('no-via', 'Via'),
  request.setting('accept-star', 'asks the back end for any format', 'Accept', () => '*/*'),
  request.setting(
    'rewrite-origin',
    'sends its own address as Origin',
    'Origin',
    () => 'http://gateway',
  ),
  request.setting('own-user-agent', 'sends its own User-Agent', 'User-Agent', () => 'gateway/1.0'),
  request.setting('replaces-via', 'replaces Via', 'Via', () => '1.1 gateway'),
  request.setting('empty-host', 'sends an empty Host', 'Host', () => ''),
  request.setting(
    'first-cookie',
    'forwards the first cookie only',
    'Cookie',
    (value) => value.split(';')[0] ?? '',
  ),
  request.setting(
    'bare-request-type',
    'forwards the media type of a request without parameters',
    'Content-Type',
    (value) => value.split(';')[0] ?? '',
  ),
  request.setting(
    'lower-request-type',
    'forwards Content-Type of a request in lower case',
    'Content-Type',
    (value) => value.toLowerCase(),
  ),
  request.editing('drops-large-cookie', 'drops Cookie above 4 KiB', (fields) =>
    fields.filter(([name, value]) => name.toLowerCase() !== 'cookie' || value.length <= 4096),
  ),
  request.setting('joins-cookies', 'joins lines of Cookie by commas', 'Cookie', (value) => value),
  request.editing('exact-field-names', 'knows Last-Event-ID in one spelling only', (fields) =>
    fields.filter(([name]) => name === 'Last-Event-ID' || name.toLowerCase() !== 'last-event-id'),
  ),
  request.editing('latin1-reencode', 'encodes values as UTF-8 a second time', (fields) =>
    fields.map(([name, value]) => [name, Buffer.from(value).toString('latin1')]),
  ),
  request.editing('truncates-fields-1k', 'truncates values at 1 KiB', (fields) =>
    fields.map(([name, value]) => [name, value.slice(0, 1024)]),
  ),
  request.editing('allowlist-request', 'forwards the fields that it knows', (fields) =>
    fields.filter(([name]) => KNOWN.has(name.toLowerCase())),
  ),
  request.editing(
    'drops-underscore',
    'drops fields whose names have an underscore or a dot',
    (fields) => fields.filter(([name]) => !/[_.]/.test(name)),
  ),
  request.editing(
    'last-value-only',
    'forwards the last of several fields with one name',
    (fields) =>
      fields.filter(
        ([name], at) =>
          !fields.slice(at + 1).some(([other]) => other.toLowerCase() === name.toLowerCase()),
      ),
  ),
  request.editing('reverses-values', 'forwards fields in reverse order', (fields) =>
    fields.toReversed(),
  ),
  request.editing('drops-empty', 'drops fields without a value', (fields) =>
    fields.filter(([, value]) => value !== ''),
  ),
  request.editing('joins-blanks', 'replaces white space in values by one space', (fields) =>
    fields.map(([name, value]) => [name, value.replaceAll(/[ \t]+/g, ' ')]),
  ),
  request.editing('at-most-20-fields', 'forwards twenty fields', (fields) => fields.slice(0, 20)),
  request.editing('drops-after-8k', 'drops the fields after the first 8 KiB', firstBytes),
  request.editing('doubles-fields', 'forwards every field but those of framing twice', (fields) =>
    fields.flatMap((field) =>
      /^(?:host|connection|content-length|transfer-encoding|via)$/i.test(field[0])
        ? [field]
        : [field, field],
    ),
  ),
  request.editing('two-hosts-upstream', 'adds a Host of its own', (fields) => [
    ['Host', 'backend'],
    ...fields,
  ]),
  {
    name: 'pass-listed',
    description: 'forwards fields that Connection names',
    points: () => ({
      heads: {
        text: (text) => text.replace(/^connection:[^\r\n]*x-hop[^\r\n]*\r\n/im, ''),
      },
    }),
  },
  {
    name: 'pass-keepalive',
    description: 'forwards Keep-Alive and Proxy-Connection',
    points: () => ({
      heads: {
        text: (text) => text.replaceAll(/^(?=keep-alive:|proxy-connection:)/gim, 'X-Kept-'),
      },
      request: (head) => ({
        ...head,
        fields: head.fields.map(([name, value]) => [name.replace(/^X-Kept-/, ''), value]),
      }),
    }),
  },
  {
    name: 'sticky-leid',
    description: 'remembers the Last-Event-ID of each URL',
    points: () => {
      const ids = new Map<string, string>()
      return {
        request: (head) => {
          const id = fieldValue(head, 'last-event-id') ?? ids.get(head.target)
          if (id === undefined) return head
          ids.set(head.target, id)
          return withField(head, 'Last-Event-ID', id)
        },
      }
    },
  },
  {
    name: 'sticky-auth',
    description: 'sends the credentials of one client with the requests of others',
    points: () => {
      let credentials: string | undefined
      return {
        request: (head) => {
          credentials = fieldValue(head, 'authorization') ?? credentials
          return credentials === undefined ? head : withField(head, 'Authorization', credentials)
        },
      }
    },
  },
]

function firstBytes(fields: readonly Field[]): readonly Field[] {
  let bytes = 0
  return fields.filter(([name, value]) => {
    bytes += name.length + value.length
    return bytes < 8192
  })
}
