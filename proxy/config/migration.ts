import { isAlias, isMap, isNode, isScalar, isSeq } from 'yaml'
import { z } from 'zod'

import { BACK_END_LOGGER, ROOT_LOGGER } from '../log/log-event.ts'
import { differencesOf } from './migration-differences.ts'
import { type Mistake, placeOf, type Source } from './mistakes.ts'
import { examine } from './read-config.ts'
import { innerSchema } from './schema-path.ts'

/** What becomes of a key of the vendor's file here. */
export type Outcome =
  /** It takes effect. */
  | 'works'
  /** It is accepted and has no effect. */
  | 'no-effect'
  /** The proxy does not start before it is changed. */
  | 'change'
  /** The proxy starts and behaves differently. */
  | 'check'

export interface MigratedKey {
  /** `server.applicationConnectors[0].port` */
  readonly key: string
  /** From 1; undefined = the file does not have the key. */
  readonly line: number | undefined
  readonly outcome: Outcome
  /** What it does, why it has no effect, or what to change. */
  readonly text: string
}

export interface Migration {
  /** In the order of the file. */
  readonly keys: readonly MigratedKey[]
  /** Whether the file has a configuration at all; otherwise `keys` are its mistakes. */
  readonly isReadable: boolean
}

type Path = readonly (string | number)[]

/** One value of a file. */
interface Leaf {
  readonly path: Path
  readonly node: unknown
  readonly outcome: 'works' | 'no-effect'
  readonly text: string
}

const AS_BEFORE = 'As in the framework.'

/**
 * Reads a file of the vendor's proxy, and says for each key what it does here. It has no value of
 * the file that could be a secret.
 */
export function migrate(
  text: string,
  environment: Readonly<Record<string, string | undefined>>,
): Migration {
  const { mistakes, source } = examine(text, environment)
  const wrong = mistakes.map(toKey)
  if (source === undefined) return { keys: wrong, isReadable: false }
  const isWrong = new Set(mistakes.map(({ line, column }) => `${line}:${column}`))
  const keys = leavesOf(source.document.contents, source.schema, [], source).flatMap((leaf) => {
    const { line, column } = placeOf(startOf(leaf.node), source)
    if (isWrong.has(`${line}:${column}`)) return []
    const { outcome, text: sentence } = leaf
    return [{ key: nameOf(leaf.path, source), line, outcome, text: sentence }]
  })
  const inOrder = [...wrong, ...keys].toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0))
  return { keys: [...inOrder, ...differencesOf(source.document)], isReadable: true }
}

function toKey({ line, key = '', message }: Mistake): MigratedKey {
  const rest = message.slice(key.length)
  const text = rest.startsWith(': ') ? rest.slice(2) : key === '' ? rest : `it${rest}`
  return { key, line, outcome: 'change', text }
}

function leavesOf(alias: unknown, outer: unknown, path: Path, source: Source): readonly Leaf[] {
  const node = isAlias(alias) ? alias.resolve(source.document) : alias
  const why = withoutEffect(outer)
  if (why !== undefined) return [{ path, node, outcome: 'no-effect', text: why }]
  const schema = blockOf(innerSchema(outer), node)
  if (isMap(node) && schema instanceof z.ZodObject) {
    return node.items.flatMap(({ key, value }) => {
      const name = isScalar(key) ? String(key.value) : ''
      const inner: unknown = schema.shape[name]
      const place = value ?? key
      if (inner !== undefined) return leavesOf(place, inner, [...path, name], source)
      // A key that is not known is a mistake, unless the block may have any.
      if (schema.def.catchall === undefined || schema.def.catchall instanceof z.ZodNever) return []
      return [{ path: [...path, name], node: place, ...UNUSED }]
    })
  }
  if (isMap(node) && path.join('.') === 'logging.loggers') {
    return node.items.map(({ key, value }) => {
      const name = isScalar(key) ? String(key.value) : ''
      return { path: [...path, name], node: value ?? key, ...loggerOutcome(name) }
    })
  }
  if (isSeq(node) && schema instanceof z.ZodArray) {
    return node.items.flatMap((item, index) =>
      leavesOf(item, schema.element, [...path, index], source),
    )
  }
  return [{ path, node, outcome: 'works', text: descriptionOf(outer) }]
}

/** The member of a union that a block belongs to. */
function blockOf(schema: unknown, node: unknown): unknown {
  if (!(schema instanceof z.ZodDiscriminatedUnion) || !isMap(node)) return schema
  const type = node.get('type')
  return schema.options.find((option) => {
    const { type: own } = option instanceof z.ZodObject ? option.shape : {}
    return own instanceof z.ZodLiteral && own.value === type
  })
}

const UNUSED = { outcome: 'no-effect', text: 'This proxy has nothing that it could set.' } as const

function loggerOutcome(name: string): Pick<Leaf, 'outcome' | 'text'> {
  const isOurs = [ROOT_LOGGER, BACK_END_LOGGER].some(
    (own) => own === name || own.startsWith(`${name}.`),
  )
  if (isOurs) return { outcome: 'works', text: 'Level of the lines of this logger.' }
  const text = `The proxy has the loggers ${ROOT_LOGGER} and ${BACK_END_LOGGER} only.`
  return { outcome: 'no-effect', text }
}

function withoutEffect(schema: unknown): string | undefined {
  const why = schema instanceof z.ZodType ? schema.meta()?.['withoutEffect'] : undefined
  return typeof why === 'string' ? why : undefined
}

function descriptionOf(schema: unknown): string {
  return schema instanceof z.ZodType ? (schema.meta()?.description ?? AS_BEFORE) : AS_BEFORE
}

/** Keys with text from the environment may be secrets, and names of header fields too. */
function nameOf(path: Path, { filledIn }: Source): string {
  return path
    .map((step, index) => {
      if (typeof step === 'number') return `[${step}]`
      return (index === 0 ? '' : '.') + (filledIn.keys.has(step) ? '?' : step)
    })
    .join('')
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined
}
