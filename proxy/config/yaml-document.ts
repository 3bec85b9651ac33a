import {
  type Document,
  type ErrorCode,
  isScalar,
  LineCounter,
  parseDocument,
  type Scalar,
  visit,
} from 'yaml'

/** One thing that is wrong, at an offset in the text. */
export interface Fault {
  readonly offset: number
  readonly message: string
}

export interface YamlText {
  readonly document: Document
  readonly lines: LineCounter
  /** What keeps the text from being a configuration. Never a piece of the text: it may be a secret. */
  readonly faults: readonly Fault[]
}

// No configuration comes near these; the parser would overflow its stack, or an alias the memory.
const DEEPEST = 200
const MOST_ALIASES = 100

/**
 * Reads a text as YAML whose every scalar is a text as it is written: what `0123`, `yes` or `1e3` mean is for the schema to
 * say, as in the framework. An empty plain scalar, `~` and `null` are null.
 */
export function readYaml(text: string): YamlText {
  const lines = new LineCounter()
  const tooDeep = tooDeepAt(text)
  const document = parseDocument(tooDeep === undefined ? text : '', {
    lineCounter: lines,
    prettyErrors: false,
    schema: 'failsafe',
    // Its own check takes time that grows with the square of the number of keys.
    uniqueKeys: false,
  })
  if (tooDeep !== undefined) {
    const message = `not a configuration: nested more than ${DEEPEST} deep`
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
      if (aliases > MOST_ALIASES) {
        faults.push({ offset, message: `expected at most ${MOST_ALIASES} aliases` })
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

/** The text as objects, lists, texts and null; undefined when its aliases stand for too much. */
export function valueOf(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: MOST_ALIASES })
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

/** Where the nesting is too deep, roughly: brackets in texts count too, and so do the columns before a block. */
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
    // A dash or question mark with space around it may start a block also later in the line.
    if (!isIndent && '-?'.includes(character) && ' \t'.includes(text[offset + 1] ?? ''))
      columns += 1
    if ('[{'.includes(character)) brackets += 1
    if (']}'.includes(character)) brackets = Math.max(0, brackets - 1)
    if (brackets > DEEPEST || columns > DEEPEST) return offset
  }
  return undefined
}

const QUOTES = 'put text with special characters in quotes'
const TWICE = 'this key stands twice in one block'
const UNREADABLE = `it cannot be read: ${QUOTES}`

/** The parser's own messages repeat what they complain about. */
const SENTENCES: Partial<Record<ErrorCode, string>> = {
  BAD_ALIAS: `an unquoted * starts an alias: ${QUOTES}`,
  BAD_DIRECTIVE: 'a line that starts with % is a directive',
  BAD_DQ_ESCAPE: 'in double quotes a backslash starts an escape: write two, or use single quotes',
  BAD_INDENT: 'the indentation differs from that of the lines around',
  BAD_SCALAR_START: `an unquoted text cannot start with this character: ${QUOTES}`,
  BLOCK_AS_IMPLICIT_KEY: `a second colon in one line: ${QUOTES}, or start a new line`,
  BLOCK_IN_FLOW: 'a block cannot stand within brackets',
  MISSING_CHAR: `a quote, bracket, comma or colon is missing: ${QUOTES}`,
  MULTILINE_IMPLICIT_KEY: 'a key must stand in one line, with a colon after it',
  MULTIPLE_DOCS: 'a line --- starts a second document: expected one',
  RESOURCE_EXHAUSTION: 'it is nested too deeply',
  TAB_AS_INDENT: 'a tab in the indentation: use spaces',
  TAG_RESOLVE_FAILED: `an unquoted ! starts a tag, and none has a meaning here: ${QUOTES}`,
  UNEXPECTED_TOKEN: `something stands where nothing can: ${QUOTES}`,
}
