import { type Document, isMap, isNode, isScalar, type LineCounter } from 'yaml'
import { z } from 'zod'

import type { Definition } from './flag-definition.ts'
import { nearestName } from './nearest-name.ts'
import { FIELD_NAME } from './scalars.ts'
import { schemaAt } from './schema-path.ts'
import type { FilledIn } from './variables.ts'

/** One mistake in a file. */
export interface Mistake {
  readonly line: number
  readonly column: number
  /** The flag or variable that it is in; undefined = it is in the file. */
  readonly origin?: string | undefined
  /** The key that it is about, with which the message begins. */
  readonly key?: string
  /** What was expected, and what the file has. */
  readonly message: string
}

/** A parsed file and its schema. */
export interface Source {
  readonly document: Document
  readonly lines: LineCounter
  readonly schema: z.ZodType
  /** What came from the environment. */
  readonly filledIn: Omit<FilledIn, 'faults'>
  /** Values that flags and variables have put into the file. */
  readonly origins: ReadonlyMap<unknown, Definition>
}

/** Unknown keys of one block that are listed. The search for each takes time. */
const MAX_KEYS = 100

type Path = readonly PropertyKey[]

/** What is expected in place of a value of another kind, unless the schema has a sentence for it. */
export function expectedKind({ code, expected }: z.core.$ZodRawIssue): string | undefined {
  if (code !== 'invalid_type') return undefined
  return expected === 'array' ? 'a list' : 'a block'
}

/** The issues of the schema as mistakes at places of the file. */
export function mistakesOf(
  issues: readonly z.core.$ZodIssue[],
  source: Source,
): readonly Mistake[] {
  return issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.slice(0, MAX_KEYS).map((key) => unknownKey(issue.path, key, source))
      : [wrongValue(issue, source)],
  )
}

/** A sentence about the value at a place of the file, or about a value that is missing there. */
export function mistakeAt(path: Path, sentence: string, source: Source): Mistake {
  const node = source.document.getIn(path, true)
  const isHidden = isScalar(node) && isFilledIn(node, source)
  const shown = isHidden ? withoutFileName(sentence, String(node.value)) : sentence
  const key = pathText(path, source)
  return { ...placeAt(path, node, source), key, message: `${key}: ${shown}` }
}

/** Whether the text of a value comes from the environment, and may be a secret. */
function isFilledIn(node: unknown, { filledIn, origins }: Source): boolean {
  return filledIn.nodes.has(node) || origins.get(node)?.isSecret === true
}

/** Replaces the path of a file, with any suffix. */
function withoutFileName(sentence: string, path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const dot = name.lastIndexOf('.')
  const stem = dot > 0 ? path.slice(0, dot - name.length) : path
  return stem === '' ? sentence : sentence.replaceAll(stem, '***')
}

/** `server.applicationConnectors[0].port` */
function pathText(path: Path, { filledIn }: Source): string {
  return path
    .map((step, index) => {
      if (typeof step === 'number') return `[${step}]`
      const key = String(step)
      const isHeader = path[index - 1] === 'httpHeaders'
      const isHidden = filledIn.keys.has(key) || (isHeader && !FIELD_NAME.test(key))
      return (index === 0 ? '' : '.') + (isHidden ? '?' : key)
    })
    .join('')
}

function unknownKey(path: Path, key: string, source: Source): Mistake {
  const parent = source.document.getIn(path, true)
  const pair = isMap(parent)
    ? parent.items.find((item) => isScalar(item.key) && String(item.key.value) === key)
    : undefined
  const near = nearestName(key, keysAt(path, source.schema))
  const hint = near === undefined ? '' : `; did you mean ${near}?`
  const isShown = isPublic(path) && !source.filledIn.nodes.has(pair?.key)
  const subject = pathText(isShown ? [...path, key] : path, source)
  return {
    ...placeAt([...path, key], pair?.key ?? source.document.getIn([...path, key], true), source),
    key: subject,
    message: `${subject} ${isShown ? 'is not a known key' : 'has a key that is not known'}${hint}`,
  }
}

function wrongValue(issue: z.core.$ZodIssue, source: Source): Mistake {
  const { path } = issue
  const expected = expectationOf(issue)
  const subject = path.length === 0 ? 'the file' : pathText(path, source)
  const node = source.document.getIn(path, true)
  if (isNode(node)) {
    const isSecret = isScalar(node) && (!isPublic(path) || isFilledIn(node, source))
    const came = isSecret ? '' : `, got ${excerptOf(node.toJS(source.document))}`
    return {
      ...placeAt(path, node, source),
      key: subject,
      message: `${subject}: expected ${expected}${came}`,
    }
  }
  return {
    ...placeAt(path, node, source),
    key: subject,
    message: `${subject} is missing: expected ${expected}`,
  }
}

function expectationOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_key') return issue.issues[0]?.message ?? issue.message
  return issue.message
}

/** Where a node is, or the block that lacks it: in the file, or in the flag or variable that adds it. */
function placeAt(path: Path, node: unknown, source: Source): Omit<Mistake, 'message'> {
  const place = isNode(node) ? node : source.document.getIn(path.slice(0, -1), true)
  const offset = isNode(place) ? place.range?.[0] : undefined
  const block = isNode(node) ? path : path.slice(0, -1)
  const definition =
    isNode(place) && offset === undefined
      ? [...source.origins.values()].find((one) => block.every((step, at) => step === one.path[at]))
      : undefined
  return { ...placeOf(offset, source), origin: definition?.origin }
}

/** Line and column of an offset in the text, from 1. */
export function placeOf(
  offset: number | undefined,
  { lines }: Pick<Source, 'lines'>,
): Pick<Mistake, 'line' | 'column'> {
  const { line, col } = lines.linePos(offset ?? 0)
  return { line: Math.max(line, 1), column: Math.max(col, 1) }
}

function keysAt(path: Path, root: z.ZodType): readonly string[] {
  const schema = schemaAt(root, path)
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : []
}

const ENGINE_LOGINS: ReadonlySet<string> = new Set(['url', 'credentials', 'sentinels'])

/**
 * A value under `backends` may be a secret: a login, a URL, a header field. So may be the URL and the
 * logins of the engine, and a password. Messages never repeat it.
 */
function isPublic(path: Path): boolean {
  const [block, inner, key] = path
  const isLogin = block === 'proxy' && inner === 'engine' && ENGINE_LOGINS.has(String(key))
  const isPassword = path.some((step) => String(step).endsWith('Password'))
  return block !== 'backends' && !isLogin && !isPassword
}

function excerptOf(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list'
  if (typeof value === 'object' && value !== null) return 'a block'
  const text = value === null ? 'nothing' : (JSON.stringify(value) ?? 'nothing')
  return text.length > 60 ? `${text.slice(0, 57)}…"` : text
}
