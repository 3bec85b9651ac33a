import { type FieldCase, one } from '../field-case.ts'

/** Fields of a response that must arrive as they were sent. */
export interface ResponseFieldCase extends FieldCase {
  readonly status?: number | undefined
}

const FIELDS = 40
const BIG_FIELDS = 3
const BIG_FIELD_BYTES = 4000

export const RESPONSE_FIELD_CASES: readonly ResponseFieldCase[] = [
  {
    name: 'content-type',
    title: 'Content-Type reaches the client with its parameters',
    source: '[http §8.3] [sse §9.2.5]',
    meaning: 'EventSource refuses the stream, or feeds are read with a wrong character set.',
    basis: 'standard',
    kills: ['strips-type-params', 'adds-charset'],
    fields: one('Content-Type', 'application/atom+xml;type=feed'),
  },
  {
    name: 'plain-text-type',
    title: 'The type text/plain without a charset reaches the client without one',
    source: '[http §8.3.2] [http §7.7]',
    meaning: 'Texts in UTF-8 are shown with broken characters.',
    basis: 'standard',
    kills: ['adds-charset'],
    fields: one('Content-Type', 'text/plain'),
  },
  {
    name: 'cache-control',
    title: 'Cache directives of a response reach the client',
    source: '[caching §5.2]',
    meaning: 'Browsers keep what they must not keep, or ask for the same feed again and again.',
    basis: 'standard',
    kills: ['own-cache-control'],
    fields: one('Cache-Control', 'max-age=0, must-revalidate, private'),
  },
  {
    name: 'unknown-field',
    title: 'A field that the gateway does not know reaches the client',
    source: '[http §5.1]',
    meaning: 'Extensions of the protocol cannot be used.',
    basis: 'standard',
    kills: ['allowlist-response'],
    fields: [
      { name: 'X-Conformance-1', value: 'a; b="c d"' },
      { name: 'Content-Language', value: 'nb, en' },
    ],
  },
  {
    name: 'repeated',
    title: 'Repeated fields reach the client with all values, in order',
    source: '[http §5.3]',
    meaning: 'Clients see a part of a list, or another order of it.',
    basis: 'standard',
    kills: ['last-response-value', 'reverses-response'],
    fields: [
      { name: 'X-List', value: 'b' },
      { name: 'X-Between', value: '1' },
      { name: 'X-List', value: 'a' },
      { name: 'X-List', value: 'c' },
    ],
  },
  {
    name: 'challenge',
    title: 'The challenges of a 401 response reach the client unchanged',
    source: '[http §11.6.1]',
    meaning: 'Browsers do not ask for a password.',
    basis: 'standard',
    kills: ['strips-challenge'],
    status: 401,
    fields: [
      { name: 'WWW-Authenticate', value: 'Basic realm="news, room"' },
      { name: 'WWW-Authenticate', value: 'Bearer realm="x", error="invalid_token"' },
    ],
  },
  {
    name: 'allow',
    title: 'Allow of a 405 response reaches the client unchanged',
    source: '[http §10.2.1]',
    meaning: 'Clients believe that they may write, or that they may not.',
    basis: 'standard',
    kills: ['own-allow'],
    status: 405,
    fields: one('Allow', 'GET, HEAD, REPORT'),
  },
  {
    name: 'validators',
    title: 'ETag, Last-Modified and Expires of an uncompressed response reach the client unchanged',
    source: '[http §8.8]',
    meaning: 'Feeds are sent whole although they have not changed.',
    basis: 'standard',
    kills: ['weakens-etag', 'restamps-last-modified'],
    fields: [
      { name: 'ETag', value: '"a,b-1"' },
      { name: 'Last-Modified', value: 'Tue, 03 Mar 2026 08:00:00 GMT' },
      { name: 'Expires', value: 'Tue, 03 Mar 2026 08:00:00 GMT' },
    ],
  },
  {
    name: 'retry-after',
    title: 'Retry-After of a 503 response reaches the client',
    source: '[http §10.2.3]',
    meaning: 'Clients come back too early, all at once.',
    kills: ['strips-retry-after'],
    status: 503,
    fields: one('Retry-After', '120'),
  },
  {
    name: 'link',
    title: 'Link reaches the client',
    source: '[http §5.1]',
    meaning: 'Clients find no previous page and no hub.',
    kills: ['drops-link'],
    fields: [
      { name: 'Link', value: '</changelog/7>; rel="previous"' },
      { name: 'Link', value: '<https://hub.example/>; rel="hub"' },
    ],
  },
  {
    name: 'location',
    title: 'A relative Location reaches the client unchanged',
    source: '[http §10.2.2]',
    meaning: 'Clients that create an entry cannot find it.',
    basis: 'standard',
    kills: ['rewrites-location'],
    status: 201,
    fields: one('Location', '/entries/4%2F2?x=1#part'),
  },
  {
    name: 'empty-field',
    title: 'A field with an empty value reaches the client',
    source: '[http §5.5]',
    meaning: 'Clients cannot tell an empty value from none.',
    level: 'should',
    kills: ['drops-empty-response'],
    fields: one('X-Empty', ''),
  },
  {
    name: 'field-bytes',
    title: 'Tabs, quotes and bytes above 127 in a value reach the client unchanged',
    source: '[http §5.5]',
    meaning: 'Names of users and files arrive garbled.',
    level: 'should',
    kills: ['recodes-response-fields'],
    fields: one('X-Bytes', 'a\tb  c "d \\" e" \xc3\xa6\xe6'),
  },
  {
    name: 'many-fields',
    title: 'Forty fields of one response reach the client',
    source: '[http §5.4]',
    meaning: 'Responses lose some of their fields.',
    kills: ['twenty-response-fields'],
    fields: Array.from({ length: FIELDS }, (_, at) => ({ name: `X-Field-${at}`, value: `${at}` })),
  },
  {
    name: 'big-fields',
    title: 'Fields of 12 KB in all reach the client',
    source: '[http §5.4]',
    meaning: 'Responses with large cookies or policies become 502.',
    level: 'should',
    kills: ['response-head-8k'],
    fields: Array.from({ length: BIG_FIELDS }, (_, at) => ({
      name: `X-Big-${at}`,
      value: `${at}`.repeat(BIG_FIELD_BYTES),
    })),
  },
]
