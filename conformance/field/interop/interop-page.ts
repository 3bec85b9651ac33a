import { LANGUAGES } from './foreign-readers.ts'
import type { ProductReading, ProductTable } from './read-products.ts'
import type { Reading, ReadingTable } from './read-streams.ts'
import { INTEROP_STREAMS } from './streams.ts'

const PACKAGES: Readonly<Record<string, string>> = {
  'eventsource-parser': 'eventsource-parser',
  eventsource: 'eventsource',
  'eventsource-client': 'eventsource-client',
  'EventSource of undici': 'undici',
  'EventSource of Chromium': 'chromium',
  'event-source-polyfill': 'event-source-polyfill',
  '@microsoft/fetch-event-source': '@microsoft/fetch-event-source',
}

const OTHERS = 'JavaScript, browsers and curl'

/** The data of the page. */
export interface InteropFindings {
  readonly streams: ReadingTable
  readonly products: ProductTable
}

/**
 * The page about readers: their results with store and proxy, tables of streams, and the deviations
 * of each reader.
 */
export function interopPage(
  { streams, products }: InteropFindings,
  versions: Readonly<Record<string, string>>,
): string {
  const readers = [...streams.keys()]
  return [
    '# How readers read the same streams',
    '',
    `${readers.length} readers of ${LANGUAGES.length + 1} languages read a store, a proxy, and test streams over real connections. This page is`,
    'written by `npm run pages:interoperability`. `npm run readers` installs the readers of other languages. Browser readers need',
    'Chromium (on Debian: `apt-get install chromium`).',
    '',
    ...productTable(products),
    '',
    '## Streams',
    '',
    'The vectors of `fixtures/sse`, some of them byte by byte, and the rules of the HTML Standard for types, errors, redirects and reconnects.',
    '',
    '✓ follows the standard · a number: see below · – does not apply: parsers and `curl` do not reconnect',
    '',
    ...groupsOf(readers).flatMap(([group, members]) => [
      `### ${group}`,
      '',
      ...streamTable(members, streams),
      '',
    ]),
    ...readers.flatMap((reader) => interopSection(reader, streams.get(reader), versions)),
  ].join('\n')
}

function groupsOf(readers: readonly string[]): readonly (readonly [string, readonly string[]])[] {
  return [OTHERS, ...LANGUAGES.map(({ name }) => name)]
    .map((group) => [group, readers.filter((reader) => groupOf(reader) === group)] as const)
    .filter(([, members]) => members.length > 0)
}

function groupOf(reader: string): string {
  const language = LANGUAGES.find(({ readers }) => reader in readers)
  return language?.name ?? OTHERS
}

function streamTable(readers: readonly string[], table: ReadingTable): readonly string[] {
  const deviations = readers.map((reader) => [reader, deviationsOf(table.get(reader))] as const)
  return [
    `| stream | ${readers.map(titled).join(' | ')} |`,
    `|---|${readers.map(() => ':-:').join('|')}|`,
    ...INTEROP_STREAMS.map(({ name }) => {
      const cells = deviations.map(([reader, named]) =>
        cell(table.get(reader)?.get(name), [...named.keys()].indexOf(name) + 1),
      )
      return `| ${name} | ${cells.join(' | ')} |`
    }),
  ]
}

function productTable(products: ProductTable): readonly string[] {
  return [
    '## Store and proxy',
    '',
    'Each reader reads this store and this proxy: at least ten heartbeats, and one change among them. The store also sends ids and `retry`. An empty',
    'message is a message without data. Then the connection to the proxy is cut, and a change happens before the reader reconnects.',
    '',
    '| reader | changes from the store | empty | changes from the proxy | empty | cut before its first event | cut after an event |',
    '|---|:-:|:-:|:-:|:-:|---|---|',
    ...Array.from(products, ([reader, reading]) => productRow(reader, reading)),
    '',
    'The empty messages from the proxy are the `id` without data at the start of a stream for a client without an id. `replay.earlyId: false`',
    'omits it. A reader that *misses it* when disconnected before its first event does not keep that id. *Does not reconnect*: the program must reconnect.',
  ]
}

/** The row of one reader in the table about store and proxy. */
export function productRow(reader: string, reading: ProductReading): string {
  const { store, proxy, beforeFirst, afterEvent } = reading
  const counts = [store.changes, store.empty, proxy.changes, proxy.empty]
  return `| ${[titled(reader), ...counts, beforeFirst, afterEvent].join(' | ')} |`
}

function titled(reader: string): string {
  return reader.replace('EventSource of ', '')
}

function deviationsOf(
  readings: ReadonlyMap<string, Reading> | undefined,
): ReadonlyMap<string, string> {
  return new Map(
    [...(readings ?? [])].flatMap(([name, reading]) =>
      typeof reading === 'object' ? [[name, reading.deviation] as const] : [],
    ),
  )
}

function cell(reading: Reading | undefined, number: number): string {
  if (reading === 'right') return '✓'
  return typeof reading === 'object' ? `${number}` : '–'
}

/** The deviations of one reader. */
export function interopSection(
  reader: string,
  readings: ReadonlyMap<string, Reading> | undefined,
  versions: Readonly<Record<string, string>>,
): readonly string[] {
  const named = deviationsOf(readings)
  const version = versions[PACKAGES[reader] ?? reader]
  const title = version === undefined ? reader : `${reader} ${version}`
  if (named.size === 0) return [`## ${title}`, '', 'No deviations.', '']
  const rules = new Map(INTEROP_STREAMS.map(({ name, rule }) => [name, rule]))
  return [
    `## ${title}`,
    '',
    ...[...named].map(
      ([name, deviation], at) => `${at + 1}. **${name}**: ${deviation}. Rule: ${rules.get(name)}.`,
    ),
    '',
  ]
}
