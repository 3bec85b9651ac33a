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

/** The page about readers: a table, and what each does otherwise. */
export function interopPage(
  table: ReadingTable,
  versions: Readonly<Record<string, string>>,
): string {
  const readers = [...table.keys()]
  const deviations = readers.map((reader) => [reader, deviationsOf(table.get(reader))] as const)
  return [
    '# What readers make of the same streams',
    '',
    'Every stream is given to every reader over real connections: the vectors of `fixtures/sse`, some of them byte by byte, and what the HTML',
    'Standard says of types, errors, redirects and coming back. The page is written by',
    '`npm run pages:interoperability`; the readers of browsers need Chromium, on Debian `apt-get install chromium`.',
    '',
    '✓ as the standard says · a number: see below · – does not apply: parsers and `curl` have no connection to come back with',
    '',
    `| stream | ${readers.map(titled).join(' | ')} |`,
    `|---|${readers.map(() => ':-:').join('|')}|`,
    ...INTEROP_STREAMS.map(({ name }) => {
      const cells = deviations.map(([reader, named]) =>
        cell(table.get(reader)?.get(name), [...named.keys()].indexOf(name) + 1),
      )
      return `| ${name} | ${cells.join(' | ')} |`
    }),
    '',
    ...readers.flatMap((reader) => interopSection(reader, table.get(reader), versions)),
  ].join('\n')
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

/** What one reader does otherwise, each thing named. */
export function interopSection(
  reader: string,
  readings: ReadonlyMap<string, Reading> | undefined,
  versions: Readonly<Record<string, string>>,
): readonly string[] {
  const named = deviationsOf(readings)
  const version = versions[PACKAGES[reader] ?? '']
  const title = version === undefined ? reader : `${reader} ${version}`
  if (named.size === 0) return [`## ${title}`, '', 'Nothing otherwise.', '']
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
