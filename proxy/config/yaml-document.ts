import {
  type Document,
  type ErrorCode,
  isScalar,
  LineCounter,
  parseDocument,
  type Scalar,
  visit,
} from 'yaml'

/** A mistake at an offset in the text. */
export interface Fault {
  readonly offset: number
  readonly message: string
}

export interface YamlText {
  readonly document: Document
  readonly lines: LineCounter
  /** Syntax errors. They never repeat the text, which may be a secret. */
  readonly faults: readonly Fault[]
}

// Far above any configuration. Beyond them the parser could overflow its stack or the memory.
const MAX_DEPTH = 200
const MAX_ALIASES = 100

/**
 * Parses YAML with every scalar as the text that is written: the schema decides what `0123`, `yes`
 * or `1e3` mean, as in the framework. An empty plain scalar, `~` and `null` are null.
 */
export function readYaml(text: string): YamlText {
  const lines = new LineCounter()
  const tooDeep = tooDeepAt(text)
  const document = parseDocument(tooDeep === undefined ? text : '', {
    lineCounter: lines,
    prettyErrors: false,
    schema: 'failsafe',
    // The check of the library takes quadratic time.
    uniqueKeys: false,
  })
  if (tooDeep !== undefined) {
    const message = `not a configuration: nested more than ${MAX_DEPTH} deep`
    return { document, lines, faults: [{ offset: tooDeep, message }] }
  }
  const faults: Fault[] = [...document.errors, ...document.warnings].map(({ code, pos }) => ({
    offset: pos[0],
    message: `not YAML: ${SENTENCES[code] ?? UNREADABLE}`,
  }))
  let aliases = 0
  visit(document, {
    Scalar: (key, node) => {
      if (isNull(node)) node.value = null
      if (key === 'key' && node.value === '__proto__') {
        faults.push({ offset: node.range?.[0] ?? 0, message: '__proto__ is not a known key' })
      }
    },
    Map: (_key, { items }) => {
      const seen = new Set<unknown>()
      for (const { key } of items) {
        if (!isScalar(key)) continue
        if (seen.has(key.value)) faults.push({ offset: offsetOf(key), message: TWICE })
        seen.add(key.value)
      }
    },
    Pair: (_key, { key }) => {
      if (isScalar(key)) return
      faults.push({ offset: offsetOf(key), message: 'a key: expected text' })
    },
    Alias: (_key, node) => {
      aliases += 1
      const offset = offsetOf(node)
      if (aliases > MAX_ALIASES) {
        faults.push({ offset, message: `expected at most ${MAX_ALIASES} aliases` })
        return visit.BREAK
      }
      if (node.resolve(document) !== undefined) return undefined
      const message = `not YAML: an unquoted * starts an alias, and it has no anchor: ${QUOTES}`
      faults.push({ offset, message })
      return undefined
    },
  })
  return { document, lines, faults }
}

/** The document as objects, lists, texts and null; undefined if its aliases expand to too much. */
export function valueOf(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES })
  } catch {
    return undefined
  }
}

function isNull({ type, source }: Scalar): boolean {
  return type === 'PLAIN' && /^(~|null|Null|NULL)?$/.test(source ?? '')
}

function offsetOf(node: unknown): number {
  if (typeof node !== 'object' || node === null || !('range' in node)) return 0
  return Array.isArray(node.range) ? Number(node.range[0]) : 0
}

/**
 * The offset where nesting is too deep, roughly: it counts brackets in texts too, and columns of
 * indentation.
 */
function tooDeepAt(text: string): number | undefined {
  let brackets = 0
  let columns = 0
  let isIndent = true
  for (let offset = 0; offset < text.length; offset += 1) {
    const character = text[offset] ?? ''
    if (character === '\n') {
      columns = 0
      isIndent = true
    } else if (isIndent && ' \t-?:'.includes(character)) columns += 1
    else isIndent = false
    // A dash or question mark before a space may start a block later in the line too.
    if (!isIndent && '-?'.includes(character) && ' \t'.includes(text[offset + 1] ?? ''))
      columns += 1
    if ('[{'.includes(character)) brackets += 1
    if (']}'.includes(character)) brackets = Math.max(0, brackets - 1)
    if (brackets > MAX_DEPTH || columns > MAX_DEPTH) return offset
  }
  return undefined
}

const QUOTES = 'put text with special characters in quotes'
const TWICE = 'this key is given twice in one block'
const UNREADABLE = `it cannot be read: ${QUOTES}`

/** Replaces the messages of the parser, which repeat the text. */
const SENTENCES: Partial<Record<ErrorCode, string>> = {
  BAD_ALIAS: `an unquoted * starts an alias: ${QUOTES}`,
  BAD_DIRECTIVE: 'a line that starts with % is a directive',
  BAD_DQ_ESCAPE: 'in double quotes a backslash starts an escape: write two, or use single quotes',
  BAD_INDENT: 'the indentation differs from that of the lines around',
  BAD_SCALAR_START: `an unquoted text cannot start with this character: ${QUOTES}`,
  BLOCK_AS_IMPLICIT_KEY: `a second colon in one line: ${QUOTES}, or start a new line`,
  BLOCK_IN_FLOW: 'a block is not allowed within brackets',
  MISSING_CHAR: `a quote, bracket, comma or colon is missing: ${QUOTES}`,
  MULTILINE_IMPLICIT_KEY: 'a key must be in one line, with a colon after it',
  MULTIPLE_DOCS: 'a line --- starts a second document: expected one',
  RESOURCE_EXHAUSTION: 'it is nested too deeply',
  TAB_AS_INDENT: 'a tab in the indentation: use spaces',
  TAG_RESOLVE_FAILED: `an unquoted ! starts a tag, and none has a meaning here: ${QUOTES}`,
  UNEXPECTED_TOKEN: `unexpected text: ${QUOTES}`,
}
