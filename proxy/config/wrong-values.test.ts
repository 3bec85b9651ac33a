import { expect, it } from 'vitest'
import { z } from 'zod'

import { parseConfig } from './read-config.ts'
import { fileBlocks } from './schema.ts'
import { innerSchema } from './schema-path.ts'

type Path = readonly (string | number)[]

/** Values of the three kinds that YAML has; none of them is right for a setting. */
const WRONG = ['!', ['!'], { '!': '!' }]

const APPENDER = ['logging', 'appenders', 0]
const APPENDER_KEYS = {
  console: ['target', 'threshold', 'timeZone', 'logFormat', 'layout'],
  file: ['currentLogFilename', 'archive', 'archivedLogFilenamePattern', 'maxFileSize'],
  syslog: ['host', 'port', 'facility'],
}

/** Every key of the file, with the blocks that have keys. */
function pathsIn(schema: unknown, path: Path = []): readonly Path[] {
  const inner = innerSchema(schema)
  if (inner instanceof z.ZodArray) return [path, ...pathsIn(inner.element, [...path, 0])]
  if (!(inner instanceof z.ZodObject)) return [path]
  const keys = Object.entries(inner.shape)
  return [path, ...keys.flatMap(([key, value]) => pathsIn(value, [...path, key]))]
}

/** A file that has this value at the path, and the block beside it. */
function fileWith(path: Path, value: unknown, beside: object = {}): unknown {
  const [step, ...rest] = path
  if (step === undefined) return value
  const inner = fileWith(rest, value, beside)
  if (typeof step === 'number') return [inner]
  return { ...(rest.length === 0 ? beside : {}), [step]: inner }
}

/** What is wrong with a file; empty if nothing is. */
function complaintAbout(file: unknown): string {
  try {
    parseConfig(JSON.stringify(file), 'file.yaml', {})
    return ''
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

it('a wrong value of any key is described in the terms of the file', () => {
  const files = pathsIn(fileBlocks).flatMap((path) => WRONG.map((value) => fileWith(path, value)))
  const appenders = Object.entries(APPENDER_KEYS).flatMap(([type, keys]) =>
    keys.flatMap((key) => WRONG.map((value) => fileWith([...APPENDER, key], value, { type }))),
  )
  expect(files.length).toBeGreaterThan(300)
  const complaints = [...files, ...appenders].map(complaintAbout)
  expect(complaints.filter((text) => /Invalid|received|undefined|\[object/.test(text))).toEqual([])
})

it.each([
  ['cors', 'x', 'cors: expected a block, got "x"'],
  ['backends', 'x', 'backends: expected a list'],
  ['logging', { loggers: ['x'] }, 'logging.loggers: expected a block, got a list'],
  [
    'logging',
    { appenders: [{ type: 'syslog', facility: 'x' }] },
    'logging.appenders[0].facility: expected one of kern, user, mail, ',
  ],
])('a wrong value of %s, %j, is described as "%s"', (key, value, sentence) => {
  expect(complaintAbout({ backends: [{ uri: 'http://a/' }], [key]: value })).toContain(sentence)
})
