import type { HeaderField } from '../../../wire/http/header-fields.ts'

/** Fields of a request that must reach the back end as they are. */
export interface RequestFieldCase {
  readonly name: string
  readonly title: string
  readonly source: string
  readonly meaning: string
  readonly level?: 'must' | 'should' | undefined
  readonly basis?: 'standard' | undefined
  readonly kills: readonly string[]
  readonly method?: 'GET' | 'POST' | undefined
  readonly fields: readonly HeaderField[]
}

const LONG_BYTES = 4096
const FIELDS = 40

/** UTF-8 as latin1: one character per byte. */
const utf8 = (text: string): string => Buffer.from(text).toString('latin1')

const one = (name: string, value: string): readonly HeaderField[] => [{ name, value }]

export const REQUEST_FIELD_CASES: readonly RequestFieldCase[] = [
  {
    name: 'last-event-id',
    title: 'Last-Event-ID reaches the back end',
    source: '[sse §9.2.4] [http §5.1]',
    meaning: 'Clients that reconnect miss the events in between.',
    basis: 'standard',
    kills: ['drop-leid', 'http-drops-id'],
    fields: one('Last-Event-ID', '42-a/b'),
  },
  {
    name: 'leid-utf8',
    title: 'The UTF-8 bytes of a Last-Event-ID reach the back end unchanged',
    source: '[sse §9.2.4] [http §5.5]',
    meaning: 'Clients of back ends with such ids miss events, or get them twice.',
    level: 'should',
    kills: ['latin1-reencode'],
    fields: one('Last-Event-ID', utf8('é…𝄞')),
  },
  {
    name: 'leid-long',
    title: 'A Last-Event-ID of 4 KiB reaches the back end whole',
    source: '[http §5.4]',
    meaning: 'Back ends with long ids replay from a wrong place.',
    kills: ['truncates-fields-1k'],
    fields: one('Last-Event-ID', 'i'.repeat(LONG_BYTES)),
  },
  {
    name: 'field-case',
    title: 'The letter case of a field name does not matter',
    source: '[http §5.1]',
    meaning: 'Clients that write field names in lower case, as HTTP/2 fronts do, lose them.',
    basis: 'standard',
    kills: ['exact-field-names'],
    fields: [
      { name: 'lAST-eVENT-iD', value: '43' },
      { name: 'authorization', value: 'Basic dTpw' },
    ],
  },
  {
    name: 'accept',
    title: 'Accept reaches the back end unchanged',
    source: '[http §12.5.1] [sse §9.2.2]',
    meaning: 'A back end with several formats under one URL sends another one.',
    basis: 'standard',
    kills: ['accept-star'],
    fields: one('Accept', 'text/event-stream, application/atom+xml;q=0.5'),
  },
  {
    name: 'authorization',
    title: 'Credentials reach the back end unchanged',
    source: '[http §11.6.2]',
    meaning: 'Nobody can log in.',
    basis: 'standard',
    kills: ['strip-auth'],
    fields: one('Authorization', 'Basic U1NFLVJlYWRlcjpwOmEgc3Msdw=='),
  },
  {
    name: 'cookie',
    title: 'All cookies reach the back end, in order',
    source: '[cookies §5.4]',
    meaning: 'Sessions are lost, and load balancers pick another back end.',
    kills: ['first-cookie'],
    fields: one('Cookie', 'session=a1; theme="d-e"; empty='),
  },
  {
    name: 'origin',
    title: 'Origin reaches the back end unchanged',
    source: '[http §5.1]',
    meaning: 'The back end refuses pages of other origins, or allows all of them.',
    kills: ['rewrite-origin'],
    fields: one('Origin', 'https://editor.example.com:8443'),
  },
  {
    name: 'referer',
    title: 'Referer reaches the back end',
    source: '[http §10.1.3]',
    meaning: 'Logs and protection against forged requests do not work.',
    level: 'should',
    kills: ['strip-referer'],
    fields: one('Referer', 'https://editor.example.com/page?x=1'),
  },
  {
    name: 'user-agent',
    title: "The client's User-Agent reaches the back end",
    source: '[http §10.1.5]',
    meaning: 'Back ends cannot work around faults of single clients.',
    level: 'should',
    kills: ['own-user-agent'],
    fields: one('User-Agent', 'conformance/1.0 (newsroom)'),
  },
  {
    name: 'cache-control',
    title: 'Cache directives of a request reach the back end',
    source: '[caching §5.2]',
    meaning: 'Clients that ask for a fresh response get an old one from a cache further on.',
    basis: 'standard',
    kills: ['strip-cache-control'],
    fields: one('Cache-Control', 'no-cache, max-age=0'),
  },
  {
    name: 'unknown-field',
    title: 'A field that the gateway does not know reaches the back end',
    source: '[http §5.1]',
    meaning: 'Extensions of the protocol cannot be used.',
    basis: 'standard',
    kills: ['allowlist-request'],
    fields: [
      { name: 'X-Conformance-1', value: 'a; b="c d"' },
      { name: 'Slug', value: 'The%20Beach' },
    ],
  },
  {
    name: 'underscore',
    title: 'Fields whose names have an underscore or a dot reach the back end',
    source: '[http §5.1] [http §5.6.2]',
    meaning: 'Such fields disappear without a message.',
    level: 'should',
    kills: ['drops-underscore'],
    fields: [
      { name: 'X_Conformance', value: '1' },
      { name: 'X.Conformance', value: '2' },
    ],
  },
  {
    name: 'repeated',
    title: 'Repeated fields reach the back end with all values, in order',
    source: '[http §5.3]',
    meaning: 'Back ends see a part of a list, or another order of it.',
    basis: 'standard',
    kills: ['last-value-only', 'reverses-values', 'http-object-fields'],
    fields: [
      { name: 'X-List', value: 'b' },
      { name: 'X-Between', value: '1' },
      { name: 'X-List', value: 'a' },
      { name: 'X-List', value: 'c' },
    ],
  },
  {
    name: 'empty-field',
    title: 'A field with an empty value reaches the back end',
    source: '[http §5.5]',
    meaning: 'Back ends cannot tell an empty value from none.',
    level: 'should',
    kills: ['drops-empty'],
    fields: one('X-Empty', ''),
  },
  {
    name: 'field-bytes',
    title: 'Tabs, quotes and bytes above 127 in a value reach the back end unchanged',
    source: '[http §5.5]',
    meaning: 'Names of users and files arrive garbled.',
    level: 'should',
    kills: ['latin1-reencode', 'joins-blanks'],
    fields: one('X-Bytes', `a\tb  c "d \\" e" ${utf8('æ')}\xe6`),
  },
  {
    name: 'many-fields',
    title: 'Forty fields of one request reach the back end',
    source: '[http §5.4]',
    meaning: 'Requests of browsers with many fields lose some of them.',
    kills: ['at-most-20-fields'],
    fields: Array.from({ length: FIELDS }, (_, at) => ({ name: `X-Field-${at}`, value: `${at}` })),
  },
  {
    name: 'content-type',
    title: 'Content-Type of a request reaches the back end with its parameters',
    source: '[http §8.3]',
    meaning: 'Back ends read posted entries as another format.',
    basis: 'standard',
    kills: ['bare-request-type'],
    method: 'POST',
    fields: one('Content-Type', 'application/atom+xml;type=entry; charset="utf-8"'),
  },
  {
    name: 'via-kept',
    title: 'Via of earlier proxies reaches the back end',
    source: '[http §7.6.3]',
    meaning: 'Request loops are not detected.',
    basis: 'standard',
    kills: ['replaces-via'],
    fields: one('Via', '1.0 first, 1.1 second.example'),
  },
]
