import type { Document } from 'yaml'

import { MockServerError } from './errors.ts'
import { yamlLibrary } from './late-libraries.ts'
import { readSmallFile } from './small-file.ts'
import { TOO_DEEP, tooDeepAt } from './yaml-depth.ts'

/** A file that is wrong throughout is wrong in the same way: the first mistakes tell. */
const MAX_SHOWN = 20

/** Keys and indices from the root of a file. */
export type FilePath = readonly PropertyKey[]

export interface FileMistake {
  readonly path: FilePath
  readonly message: string
}

/** A YAML or JSON text that was read, and where its parts are. */
export interface LocatedYaml {
  readonly value: unknown
  /** `FILE:LINE:COLUMN` of a part, or of the nearest part around it that is in the file. */
  locate(path: FilePath): string
  /** One `bad-config` that lists mistakes, each with its place. */
  mistakes(found: readonly FileMistake[]): MockServerError
}

/** `what` is the file in messages: `the seed file`. Throws `bad-config`, and as `parseLocated`. */
export function readLocated(path: string, maxBytes: number, what: string): LocatedYaml {
  let text: string
  try {
    text = readSmallFile(path, maxBytes)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new MockServerError('bad-config', `cannot read ${what} ${path}: ${reason}`, {
      cause: error,
    })
  }
  return parseLocated(text, path)
}

/** `file` is its name in messages. Throws one `bad-config` with each syntax error and its place. */
export function parseLocated(text: string, file: string): LocatedYaml {
  const deepAt = tooDeepAt(text)
  if (deepAt !== undefined)
    throw listOf([`${file}:${text.slice(0, deepAt).split('\n').length}:1: ${TOO_DEEP}`])
  const { LineCounter, isNode, parseDocument } = yamlLibrary()
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const place = (offset: number): string => {
    const { line, col } = lines.linePos(offset)
    return `${file}:${line}:${col}`
  }
  if (document.errors.length > 0)
    throw listOf(document.errors.map(({ pos, message }) => `${place(pos[0])}: ${message}`))
  const locate = (path: FilePath): string => {
    for (let depth = path.length; depth >= 0; depth -= 1) {
      const node: unknown = document.getIn(path.slice(0, depth), true)
      if (isNode(node) && node.range) return place(node.range[0])
    }
    return `${file}:1:1`
  }
  return {
    value: valueOf(document, file),
    locate,
    mistakes: (found) =>
      listOf(
        found.map(({ path, message }) =>
          [locate(path), ...(path.length === 0 ? [] : [path.join('.')]), message].join(': '),
        ),
      ),
  }
}

/** Aliases that multiply are refused by the reader of YAML. */
function valueOf(document: Document, file: string): unknown {
  try {
    return document.toJS()
  } catch (error) {
    throw listOf([`${file}:1:1: ${error instanceof Error ? error.message : String(error)}`])
  }
}

function listOf(mistakes: readonly string[]): MockServerError {
  const more = mistakes.length - MAX_SHOWN
  const shown = mistakes.slice(0, MAX_SHOWN)
  if (more > 0) shown.push(`and ${more} more mistakes`)
  return new MockServerError('bad-config', shown.join('\n'))
}
