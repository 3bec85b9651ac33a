import { z } from 'zod'

import { fileBlocks } from '../config/schema.ts'

const WIDTH = 100
const NO_BREAK = '\u00a0'
const START = '<!-- settings: written from the schema -->'
const END = '<!-- end of settings -->'

/** The page with all settings of the configuration file between two marks. */
export function withSettings(page: string): string {
  const [start, end] = [page.indexOf(START), page.indexOf(END)]
  if (start === -1 || end < start) throw new Error(`expected ${START} and then ${END} in the page`)
  const block = `${START}\n\n\`\`\`yaml\n${settingsReference()}\`\`\`\n\n`
  return page.slice(0, start) + block + page.slice(end)
}

const BACK_END = {
  uri: 'http://store.internal:8083/webservice/escenic/changelog/sse',
  credentials: { username: 'sse-reader', password: '${CS_PASSWORD}' },
  httpHeaders: { Host: 'newsroom.example.org' },
}

/** A configuration file with one back end, the default of each setting, and its description. */
export function settingsReference(): string {
  const lines = linesOf(fileBlocks, fileBlocks.parse({ backends: [BACK_END] }), '')
  return `${lines.join('\n')}\n`
}

/** Keys without a description are left out: they have no effect. */
function linesOf(schema: z.ZodObject, values: object, indent: string): readonly string[] {
  const known: ReadonlyMap<string, unknown> = new Map(Object.entries(values))
  return Object.entries(schema.shape).flatMap(([key, setting]) => {
    if (!(setting instanceof z.ZodType) || setting.description === undefined) return []
    const value = known.get(key)
    if (value === undefined)
      return [...commentOf(setting, indent), ...exampleOf(key, setting, indent)]
    return [...commentOf(setting, indent), ...entryOf(key, setting, value, indent)]
  })
}

function commentOf(setting: z.ZodType, indent: string): readonly string[] {
  const prefix = `${indent}# `
  const expected = unwrap(setting).meta()?.['expected']
  const suffix = typeof expected === 'string' ? ` [${expected.replaceAll(' ', NO_BREAK)}]` : ''
  const line = new RegExp(`(.{1,${WIDTH - prefix.length}})(?: |$)`, 'g')
  return [...`${setting.description}${suffix}`.matchAll(line)].map(
    ([, text = '']) => prefix + text.replaceAll(NO_BREAK, ' '),
  )
}

/** A key that has no default, as a comment. */
function exampleOf(key: string, setting: z.ZodType, indent: string): readonly string[] {
  const schema = unwrap(setting)
  const example: unknown = setting.meta()?.['example']
  if (schema instanceof z.ZodObject && typeof example !== 'string') {
    const values = schema.parse(typeof example === 'object' ? example : {})
    const inner = linesOf(schema, values, '')
    return [`${key}:`, ...inner.map((line) => `  ${line.replace(/^# (?=\w+:)/, '')}`)].map(
      (line) => `${indent}# ${line}`,
    )
  }
  // A block or a list is given as YAML.
  const isYaml = typeof example === 'string' && /^\[?\{/.test(example)
  const text = example === undefined ? '' : isYaml ? example : scalarOf(example)
  return [`${indent}# ${key}: ${text}`.trimEnd()]
}

function entryOf(
  key: string,
  setting: z.ZodType,
  value: unknown,
  indent: string,
): readonly string[] {
  const schema = unwrap(setting)
  const start = `${indent}${key}:`
  if (schema instanceof z.ZodObject && typeof value === 'object' && value !== null) {
    return [start, ...linesOf(schema, value, `${indent}  `)]
  }
  const element = schema instanceof z.ZodArray ? schema.element : undefined
  if (element instanceof z.ZodObject && Array.isArray(value)) {
    const items = value.flatMap((item: object) => itemOf(linesOf(element, item, `${indent}    `)))
    return [start, ...items]
  }
  return [`${start} ${scalarOf(value)}`]
}

/** Inserts the dash of a list before the first key. */
function itemOf(lines: readonly string[]): readonly string[] {
  const first = lines.findIndex((line) => !line.trimStart().startsWith('#'))
  return lines.map((line, index) => (index === first ? line.replace(/ {2}(?=\S)/, '- ') : line))
}

function scalarOf(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (Array.isArray(value)) return scalarOf(value.join(', '))
  const text = value instanceof URL ? value.href : value
  return typeof text === 'string' && /^[a-z][\w-]*$/i.test(text) ? text : JSON.stringify(text)
}

function unwrap(setting: z.ZodType): z.ZodType {
  const isWrapper =
    setting instanceof z.ZodOptional ||
    setting instanceof z.ZodDefault ||
    setting instanceof z.ZodPrefault
  const inner: unknown = isWrapper ? setting.unwrap() : undefined
  return inner instanceof z.ZodType ? unwrap(inner) : setting
}
