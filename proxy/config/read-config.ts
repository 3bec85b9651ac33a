import { ProxyError } from '../errors.ts'
import type { Config } from './config.ts'
import { readConfigFile } from './config-file.ts'
import {
  expectedKind,
  type Mistake,
  mistakeAt,
  mistakesOf,
  placeOf,
  type Source,
} from './mistakes.ts'
import { define, readVariableDefinitions } from './definitions.ts'
import type { Definition } from './flag-definition.ts'
import { readForwardProxies } from './forward-proxies.ts'
import { fileSchema } from './file-schema.ts'
import { type ConfigFile, fileBlocks } from './schema.ts'
import { keysWithoutMeaning } from './server-rules.ts'
import { hasMarker, readTemplate } from './substitute.ts'
import { toConfig } from './to-config.ts'
import { fillInVariables } from './variables.ts'
import { type Fault, readYaml, valueOf } from './yaml-document.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** A configuration, and the file as it was read, with defaults. */
export interface ParsedFile {
  readonly config: Config
  readonly file: ConfigFile
}

const MAX_LISTED = 100

/**
 * Reads a configuration file. Throws one `bad-config` whose message lists every mistake with its
 * place. Messages contain no text from logins, header fields or the environment.
 */
export function loadFile(
  path: string,
  environment: Environment,
  definitions: readonly Definition[] = [],
): ParsedFile {
  const text = readConfigFile(path)
  // A variable that the file itself uses is no mistake.
  const isUsed = (variable: string): boolean => text.includes(variable)
  const variables = readVariableDefinitions(environment, fileBlocks, isUsed)
  const all = [...variables.definitions, ...definitions]
  const { config, file } = parseFile(text, path, environment, all)
  return { config: { ...config, warnings: [...variables.warnings, ...config.warnings] }, file }
}

/** The configuration of a file: see `loadFile`. */
export function readConfig(...args: Parameters<typeof loadFile>): Config {
  return loadFile(...args).config
}

/** The configuration of a text: see `parseFile`. */
export function parseConfig(...args: Parameters<typeof parseFile>): Config {
  return parseFile(...args).config
}

/**
 * Like `loadFile`, from a text. `name` is the file name in messages. Later definitions override
 * earlier ones.
 */
export function parseFile(
  text: string,
  name: string,
  environment: Environment,
  definitions: readonly Definition[] = [],
): ParsedFile {
  const { parsed, mistakes } = examine(text, environment, definitions)
  if (parsed === undefined) throw badConfig(name, mistakes)
  return parsed
}

/** What a text says. It has mistakes, or it can be used. */
export interface Examination {
  readonly mistakes: readonly Mistake[]
  readonly parsed: ParsedFile | undefined
  /** The text as YAML; undefined = it is none. */
  readonly source: Source | undefined
}

/** Reads a text as far as that is possible. */
export function examine(
  text: string,
  environment: Environment,
  definitions: readonly Definition[] = [],
): Examination {
  const template = readTemplate(text, environment)
  const yaml = readYaml(template.text)
  const placed = (faults: readonly Fault[]): readonly Mistake[] =>
    faults.map(({ offset, message }) => ({ ...placeOf(offset, yaml), message }))
  const notYaml = (message: string) => unreadable(placed([{ offset: 0, message }]))
  if (hasMarker(text)) return notYaml('expected text without Unicode noncharacters')
  if (yaml.faults.length > 0) {
    const misplaced = misplacedHeaders(template.text)
    return unreadable(misplaced === undefined ? placed(yaml.faults) : [misplaced])
  }
  if (yaml.document.contents === null) {
    return notYaml('the file is empty: expected the blocks server and backends')
  }
  const { faults, ...filledIn } = fillInVariables(yaml, template)
  const defined = define(yaml, definitions, fileBlocks)
  const value = valueOf(yaml.document)
  if (value === undefined) {
    return notYaml('its aliases expand to more than a configuration can have')
  }
  const source = { ...yaml, schema: fileSchema, filledIn, origins: defined.origins }
  const parsed = fileSchema.safeParse(value, { error: expectedKind })
  const forwardProxies = readForwardProxies(environment)
  const misfits = [...defined.faults, ...forwardProxies.faults].map((fault) => {
    return { ...placeOf(undefined, yaml), ...fault }
  })
  const wrong = parsed.success ? [] : mistakesOf(parsed.error.issues, source)
  const mistakes = [...misfits, ...placed(faults), ...wrong]
  if (!parsed.success || mistakes.length > 0) return { mistakes, parsed: undefined, source }
  const foreign = keysWithoutMeaning(parsed.data, source)
  if (foreign.length > 0) return { mistakes: foreign, parsed: undefined, source }
  const [config, unusable] = toConfig(parsed.data, forwardProxies.proxies)
  if (unusable.length === 0) return { mistakes, parsed: { config, file: parsed.data }, source }
  const files = unusable.map(({ path, message }) => mistakeAt(path, message, source))
  return { mistakes: files, parsed: undefined, source }
}

/** The text is no YAML, or no configuration at all. */
function unreadable(mistakes: readonly Mistake[]): Examination {
  return { mistakes, parsed: undefined, source: undefined }
}

function badConfig(name: string, mistakes: readonly Mistake[]): ProxyError {
  const sorted = mistakes.toSorted((a, b) => a.line - b.line || a.column - b.column)
  const count = sorted.length === 1 ? 'a mistake' : `${sorted.length} mistakes`
  const list = sorted
    .slice(0, MAX_LISTED)
    .map(({ line, column, origin = `${name}:${line}:${column}`, message }) => {
      return `  ${origin}  ${message}`
    })
  if (sorted.length > MAX_LISTED) list.push(`  and ${sorted.length - MAX_LISTED} more`)
  return new ProxyError('bad-config', [`${name} has ${count}:`, ...list].join('\n'))
}

/**
 * Finds a mistake of the manual's sample: `httpHeaders` is indented deeper than the `uri` above it.
 */
function misplacedHeaders(text: string): Mistake | undefined {
  const found = /^([ \t]*(?:-[ \t]*)?)uri[ \t]*:.*\n([ \t]+)httpHeaders[ \t]*:/m.exec(text)
  if (found === null) return undefined
  const [, beforeUri = '', beforeHeaders = ''] = found
  if (beforeHeaders.length <= beforeUri.length) return undefined
  const line = text.slice(0, found.index).split('\n').length + 1
  const column = beforeHeaders.length + 1
  const message = `httpHeaders starts in column ${column}: indent it like the uri above, to column ${beforeUri.length + 1}`
  return { line, column, message }
}
