import type { RelayFaults } from '../../gateway/relay-faults.ts'
import {
  fieldValue,
  withField,
  withoutFields,
  type Field,
  type RequestHead,
} from '../../http/head.ts'
import type { Fault } from '../fault.ts'

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

/** Faults in the fields of a request on its way to the back end. */
export const GATEWAY_REQUEST_FIELD_FAULTS: readonly Fault<RelayFaults>[] = [
  dropping('strip-auth', 'Authorization'),
  dropping('strip-referer', 'Referer'),
  dropping('strip-cache-control', 'Cache-Control'),
  dropping('drops-host', 'Host'),
  dropping('no-via', 'Via'),
  setting('accept-star', 'asks the back end for any format', 'Accept', () => '*/*'),
  setting('rewrite-origin', 'sends its own address as Origin', 'Origin', () => 'http://gateway'),
  setting('own-user-agent', 'sends its own User-Agent', 'User-Agent', () => 'gateway/1.0'),
  setting('replaces-via', 'replaces Via', 'Via', () => '1.1 gateway'),
  setting('empty-host', 'sends an empty Host', 'Host', () => ''),
  setting(
    'first-cookie',
    'forwards the first cookie only',
    'Cookie',
    (value) => value.split(';')[0] ?? '',
  ),
  setting(
    'bare-request-type',
    'forwards the media type of a request without parameters',
    'Content-Type',
    (value) => value.split(';')[0] ?? '',
  ),
  editing('exact-field-names', 'knows Last-Event-ID in one spelling only', (fields) =>
    fields.filter(([name]) => name === 'Last-Event-ID' || name.toLowerCase() !== 'last-event-id'),
  ),
  editing('latin1-reencode', 'encodes values as UTF-8 although they are', (fields) =>
    fields.map(([name, value]) => [name, Buffer.from(value).toString('latin1')]),
  ),
  editing('truncates-fields-1k', 'truncates values at 1 KiB', (fields) =>
    fields.map(([name, value]) => [name, value.slice(0, 1024)]),
  ),
  editing('allowlist-request', 'forwards the fields that it knows', (fields) =>
    fields.filter(([name]) => KNOWN.has(name.toLowerCase())),
  ),
  editing('drops-underscore', 'drops fields whose names have an underscore or a dot', (fields) =>
    fields.filter(([name]) => !/[_.]/.test(name)),
  ),
  editing('last-value-only', 'forwards the last of several fields with one name', (fields) =>
    fields.filter(
      ([name], at) =>
        !fields.slice(at + 1).some(([other]) => other.toLowerCase() === name.toLowerCase()),
    ),
  ),
  editing('reverses-values', 'forwards fields in reverse order', (fields) => fields.toReversed()),
  editing('drops-empty', 'drops fields without a value', (fields) =>
    fields.filter(([, value]) => value !== ''),
  ),
  editing('joins-blanks', 'replaces white space in values by one space', (fields) =>
    fields.map(([name, value]) => [name, value.replaceAll(/[ \t]+/g, ' ')]),
  ),
  editing('at-most-20-fields', 'forwards twenty fields', (fields) => fields.slice(0, 20)),
  editing('drops-after-8k', 'drops the fields after the first 8 KiB', firstBytes),
  editing('doubles-fields', 'forwards every field but those of framing twice', (fields) =>
    fields.flatMap((field) =>
      /^(?:host|connection|content-length|transfer-encoding|via)$/i.test(field[0])
        ? [field]
        : [field, field],
    ),
  ),
  editing('two-hosts-upstream', 'adds a Host of its own', (fields) => [
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

function editing(
  name: string,
  description: string,
  edit: (fields: readonly Field[]) => readonly Field[],
): Fault<RelayFaults> {
  return {
    name,
    description,
    points: () => ({ request: (head) => ({ ...head, fields: edit(head.fields) }) }),
  }
}

function dropping(name: string, field: string): Fault<RelayFaults> {
  return {
    name,
    description: `does not forward ${field}`,
    points: () => ({ request: (head) => withoutFields(head, field) }),
  }
}

/** Changes a field where there is one. */
function setting(
  name: string,
  description: string,
  field: string,
  edit: (value: string) => string,
): Fault<RelayFaults> {
  const request = (head: RequestHead): RequestHead => {
    const value = fieldValue(head, field)
    return value === undefined ? head : withField(head, field, edit(value))
  }
  return { name, description, points: () => ({ request }) }
}

function firstBytes(fields: readonly Field[]): readonly Field[] {
  let bytes = 0
  return fields.filter(([name, value]) => {
    bytes += name.length + value.length
    return bytes < 8192
  })
}
