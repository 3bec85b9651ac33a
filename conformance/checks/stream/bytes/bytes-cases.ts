const BOM = '\uFEFF'

interface BytesCase {
  readonly name: string
  readonly title: string
  readonly source: string
  readonly kills: readonly string[]
  readonly bytes: Buffer | string
  readonly level?: 'must' | 'should' | undefined
  /** True: a concentrator may decode the stream, as every client does [sse §9.2.5]. */
  readonly decodes?: boolean | undefined
  /** The bytes matter only at the start of a stream. */
  readonly first?: boolean | undefined
}

const numbered = (count: number, end: string): string =>
  Array.from({ length: count }, (_, i) => `data: event ${i}${end}${end}`).join('')

/** Short streams, with the peculiarity of each. */
export const BYTES_CASES: readonly BytesCase[] = [
  {
    name: 'lf',
    title: 'A stream whose lines end with LF arrives as written',
    source: '[sse §9.2.5] [http §7.7]',
    kills: ['crlf-normaliser', 'reorder-two', 'crlf-only-splitter'],
    bytes: numbered(20, '\n'),
  },
  {
    name: 'crlf',
    title: 'A stream whose lines end with CRLF arrives as written',
    source: '[sse §9.2.5]',
    kills: ['lf-normaliser', 'lf-only-splitter'],
    bytes: numbered(20, '\r\n'),
  },
  {
    name: 'cr',
    title: 'A stream whose lines end with CR arrives as written',
    source: '[sse §9.2.5]',
    kills: ['cr-to-lf', 'cr-is-data'],
    bytes: `${numbered(20, '\r')}:\n\n`,
  },
  {
    name: 'mixed-eol',
    title: 'LF, CRLF and CR line ends may be mixed in one stream',
    source: '[sse §9.2.6]',
    kills: ['line-reassembler', 'cr-is-data'],
    bytes: 'data: a\rdata: b\r\ndata: c\n\r\ndata: d\r\rdata: e\n\rdata: f\r\n\ndata: g\n\n',
  },
  {
    name: 'bom',
    title: 'One leading byte order mark is not part of the first field',
    source: '[sse §9.2.5]',
    kills: ['bom-stripper', 'bom-passed-on', 'bom-adder'],
    bytes: `${BOM}data: first\n\ndata: second\n\n`,
    first: true,
  },
  {
    name: 'bom-double',
    title:
      'Only the first of two leading byte order marks is dropped; the second is part of the field name',
    source: '[sse §9.2.5]',
    kills: ['bom-stripper-global'],
    bytes: `${BOM}${BOM}data: lost\n\ndata: second\n\n`,
    first: true,
  },
  {
    name: 'bom-inner',
    title: 'A byte order mark inside the stream is ordinary data',
    source: '[sse §9.2.5]',
    kills: ['bom-stripper-global'],
    bytes: `data: a${BOM}b\n\n${BOM}data: not a field\n\ndata: ${BOM}\n\n`,
  },
  {
    name: 'nul',
    title: 'NUL bytes in data are forwarded',
    source: '[sse §9.2.6]',
    kills: ['c-string-proxy'],
    bytes: 'data: a\0b\n\ndata: \0\n\ndata: after\n\n',
  },
  {
    name: 'controls',
    title: 'Control characters in data are forwarded',
    source: '[sse §9.2.5]',
    kills: ['control-stripper'],
    bytes:
      'data: \x01\x07\x08\t\x0b\x0c\x0e\x1b\x1f\x7f\u0080\u0085\u009F\u2028\u2029\n\ndata: after\n\n',
  },
  {
    name: 'utf8-4',
    title: 'UTF-8 characters of two, three and four bytes are forwarded',
    source: '[sse §9.2.5]',
    kills: ['latin1-recode'],
    bytes: 'data: å€𝄞👩‍🚀\n\nevent: blåbær\ndata: 𐍈\n\n',
  },
  {
    name: 'invalid-utf8',
    title: 'Malformed UTF-8 reaches clients unchanged, or as they would decode it',
    source: '[sse §9.2.5] [http §7.7]',
    level: 'should',
    kills: ['utf8-sanitiser', 'latin1-recode'],
    decodes: true,
    bytes: Buffer.from(
      'data: \xc3\x28 \xff\xfe \xed\xa0\x80 \xf0\x9f\n\ndata: after\n\n',
      'latin1',
    ),
  },
  {
    name: 'unknown-field',
    title: 'Unknown and mis-cased fields do not change the surrounding events',
    source: '[sse §9.2.6]',
    kills: ['sse-reserialiser', 'data-joiner', 'unknown-field-stripper', 'reads-field-prefixes'],
    bytes:
      'foo: bar\ndata: a\n\nData: x\nEVENT: y\ndata: b\n\n data: z\ndata: c\nx\n\ndatabase: x\neventual: y\ndata: d\n\n',
  },
  {
    name: 'empty-data',
    title: 'Empty data fields keep their meaning, with or without a colon',
    source: '[sse §9.2.6]',
    kills: ['sse-reserialiser', 'empty-data-dropper'],
    bytes: 'data\n\ndata:\n\ndata: \n\ndata\ndata\n\ndata:\ndata: x\ndata:\n\ndata: after\n\n',
  },
  {
    name: 'leading-space',
    title: 'One space after the colon is dropped; a second space or a tab is data',
    source: '[sse §9.2.6]',
    kills: ['trimmer'],
    bytes: 'data:  two\n\ndata:\ttab\n\ndata:none\n\ndata: trailing  \n\ndata:   \n\n',
  },
  {
    name: 'colons',
    title: 'Only the first colon of a line separates name and value',
    source: '[sse §9.2.6]',
    kills: ['colon-cutter'],
    bytes: 'data:: a\n\ndata: see http://h:8080/a?b=c:d\n\ndata:::\n\n',
  },
  {
    name: 'multi-line',
    title: 'An event with several data lines stays one event with its lines in order',
    source: '[sse §9.2.6]',
    kills: ['colon-cutter'],
    bytes: 'data: {\ndata:   "a": 1,\ndata:\ndata:   "b": 2\ndata: }\n\ndata: x\n\n',
  },
  {
    name: 'named-event',
    title: 'The type of an event arrives with it and does not carry over to the next event',
    source: '[sse §9.2.6]',
    kills: ['event-name-stripper', 'lowercases-types', 'first-type-wins'],
    bytes:
      'event: Story-B\ndata: 0\n\nevent: story\ndata: a\n\ndata: b\n\nevent:tight\ndata: c\n\ndata: d\nevent: late\n\nevent:\ndata: e\n\nevent: first\nevent: last\ndata: f\n\n',
  },
  {
    name: 'blank-lines',
    title: 'Extra blank lines and comment-only blocks dispatch nothing',
    source: '[sse §9.2.6]',
    kills: ['blank-lines-dispatch', 'blank-collapser'],
    bytes: '\n\n\ndata: a\n\n\n\n: note\n\n:\n\ndata: b\n\n',
  },
  {
    name: 'comment-in-event',
    title: 'A comment inside an event does not end or change it',
    source: '[sse §9.2.6]',
    kills: ['comment-ends-event', 'event-name-stripper'],
    bytes: 'data: a\n: note\ndata: b\n\n:x\nevent: t\n:\ndata: c\n\n',
  },
  {
    name: 'type-without-data',
    title: 'A block without data dispatches nothing, and its type is discarded',
    source: '[sse §9.2.6]',
    kills: ['ghost-events', 'crlf-normaliser'],
    // A target may obey the time: it is short, so that the next check does not wait for it.
    bytes: 'event: ghost\n\ndata: a\n\nid: 7\n\ndata: b\n\nretry: 10\n\ndata: c\n\n',
  },
]
