import { parseConfig } from '../config/read-config.ts'
import { readTemplate } from '../config/substitute.ts'
import { ProxyError } from '../errors.ts'
import { type ForeignReader, PUMPS } from './time-growth.ts'

/**
 * Configurations with many entries: the start, an entry in which `#` is replaced by its number, and
 * the end.
 */
const NUMBERED = [
  ['many keys', 'backends: [{uri: "http://a/"}]\n', 'a#: 1\n', ''],
  ['many keys in brackets', 'backends: [{uri: "http://a/"}]\nx: {', 'a#, ', '}'],
  ['many headers', 'backends:\n- uri: "http://a/"\n  httpHeaders:\n', '    a#: b\n', ''],
  ['many back ends', 'backends:\n', '- uri: http://a/#\n', ''],
  [
    'many connectors',
    'backends: [{uri: "http://a/"}]\nserver:\n  applicationConnectors:\n',
    '  - {port: 1, bindHost: a#}\n',
    '',
  ],
  ['many variables', 'backends:\n- uri: "http://a/"\n  httpHeaders:\n', '    a#: ${V#}\n', ''],
  ['many variables in one text', 'backends:\n- uri: "http://a/', '${V#}', '"\n'],
] as const
/** One value in ten changes the YAML around it. */
const VARIABLES = Object.fromEntries(
  Array.from({ length: 40_000 }, (_, n) => [`V${n}`, n % 10 === 9 ? 'a: "b' : 'b']),
)

function entriesOf(entry: string, length: number): string {
  const entries: string[] = []
  for (let written = 0; written < length; written += entry.length) {
    entries.push(entry.replaceAll('#', String(entries.length)))
  }
  return entries.join('')
}

function readFile(text: string): void {
  try {
    parseConfig(text, 'a.yaml', VARIABLES)
  } catch (error) {
    if (!(error instanceof ProxyError)) throw error
  }
}

/** All readers of a configuration file. */
export const CONFIGURATION_READERS: readonly ForeignReader[] = [
  {
    name: 'variables in a configuration',
    read: (text) => readTemplate(text, { A: 'b' }),
    contexts: [
      ['', ''],
      ['', '\u0001'],
      ['${', '}'],
      ['${A:-', '}'],
    ],
    pumps: [...PUMPS, '${A:-', '${B:-', '$${'],
  },
  {
    name: 'configuration',
    read: readFile,
    contexts: [
      ['backends:\n- uri: http://a/', '\n'],
      ['backends:\n- uri: http://a/\n  httpHeaders: ', '\n'],
      ['cors: {allowedOrigins: "', '"}\nbackends: [{uri: "http://a/"}]'],
      ['', '\nbackends: [{uri: "http://a/"}]'],
    ],
    pumps: [' ', 'a,', '\n', '# a\n', '  uri: a\n', '${', '-', '$'],
  },
  {
    name: 'configuration with one entry again and again',
    read: readFile,
    contexts: [
      ['backends:\n', ''],
      ['backends: [{uri: "http://a/"}]\nserver:\n  applicationConnectors:\n', ''],
      ['backends: [{uri: "http://a/"}]\n', ''],
    ],
    pumps: ['- uri: http://a/\n', '- port: 1\n', 'a: 1\n'],
  },
  ...NUMBERED.map(([name, start, entry, end]) => ({
    name: `configuration with ${name}`,
    read: (text: string) => readFile(start + entriesOf(entry, text.length) + end),
    contexts: [['', '']] as const,
    pumps: ['x'],
  })),
]
