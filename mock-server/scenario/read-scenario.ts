import type { Document } from 'yaml'
import { isNode, LineCounter, parseDocument } from 'yaml'

import { MockServerError } from '../errors.ts'
import { readSmallFile } from '../small-file.ts'
import { TOO_DEEP, tooDeepAt } from '../yaml-depth.ts'
import { scenarioMistakes } from './scenario-mistakes.ts'
import type { Scenario } from './scenario-schema.ts'
import { SCENARIO } from './scenario-schema.ts'

const MAX_FILE_BYTES = 4 * 1024 * 1024
/** A file that is wrong throughout is wrong in the same way: the first mistakes tell. */
const MAX_SHOWN = 20

/** Keys and indices from the root of a file. */
export type ScenarioPath = readonly PropertyKey[]

/** A scenario, and where its parts are. */
export interface ScenarioFile {
  readonly name: string
  readonly scenario: Scenario
  /** `FILE:LINE:COLUMN` of a part. */
  locate(path: ScenarioPath): string
}

/** Throws `bad-config` when the file cannot be read, and as `parseScenario`. */
export function readScenario(path: string): ScenarioFile {
  try {
    return parseScenario(readSmallFile(path, MAX_FILE_BYTES), path)
  } catch (error) {
    if (error instanceof MockServerError) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new MockServerError('bad-config', `cannot read the scenario ${path}: ${reason}`, {
      cause: error,
    })
  }
}

/**
 * Reads a scenario in YAML or JSON. `file` is its name in messages. Throws one `bad-config` that
 * lists the mistakes, each with its line and column.
 */
export function parseScenario(text: string, file: string): ScenarioFile {
  const deepAt = tooDeepAt(text)
  if (deepAt !== undefined)
    throw mistakesIn([`${file}:${text.slice(0, deepAt).split('\n').length}:1: ${TOO_DEEP}`])
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const [syntax] = document.errors
  if (syntax !== undefined) {
    const { line, col } = lines.linePos(syntax.pos[0])
    throw mistakesIn([`${file}:${line}:${col}: ${syntax.message}`])
  }
  const locate = (path: ScenarioPath): string => `${file}:${positionOf(document, lines, path)}`
  const at = (path: ScenarioPath, message: string): string =>
    [locate(path), ...(path.length === 0 ? [] : [path.join('.')]), message].join(': ')
  const result = SCENARIO.safeParse(valueOf(document, file))
  if (!result.success)
    throw mistakesIn(result.error.issues.map(({ path, message }) => at(path, message)))
  const mistakes = scenarioMistakes(result.data)
  if (mistakes.length > 0) throw mistakesIn(mistakes.map(({ path, message }) => at(path, message)))
  return { name: result.data.name, scenario: result.data, locate }
}

/** `LINE:COLUMN` of the part, or of the nearest part around it that is in the file. */
function positionOf(document: Document, lines: LineCounter, path: ScenarioPath): string {
  for (let depth = path.length; depth >= 0; depth -= 1) {
    const node: unknown = document.getIn(path.slice(0, depth), true)
    if (!isNode(node) || !node.range) continue
    const { line, col } = lines.linePos(node.range[0])
    return `${line}:${col}`
  }
  return '1:1'
}

/** Aliases that multiply are refused by the reader of YAML. */
function valueOf(document: Document, file: string): unknown {
  try {
    return document.toJS()
  } catch (error) {
    throw mistakesIn([`${file}:1:1: ${error instanceof Error ? error.message : String(error)}`])
  }
}

function mistakesIn(mistakes: readonly string[]): MockServerError {
  const more = mistakes.length - MAX_SHOWN
  const shown = mistakes.slice(0, MAX_SHOWN)
  if (more > 0) shown.push(`and ${more} more mistakes`)
  return new MockServerError('bad-config', shown.join('\n'))
}
