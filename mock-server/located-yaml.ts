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

/** A mistake, and where it is. */
export interface PlacedMistake {
  /** From 1, like the column. */
  readonly line: number
  readonly column: number
  /** Names and indices with dots between them; '' for the whole file. */
  readonly path: string
  readonly message: string
}

/** Lists the mistakes of a file. */
export class FileMistakes extends MockServerError {
  /** The first twenty. */
  readonly mistakes: readonly PlacedMistake[]

  /** `file` is its name in the message. */
  constructor(file: string, found: readonly PlacedMistake[]) {
    const mistakes = found.slice(0, MAX_SHOWN)
    const lines = mistakes.map(({ line, column, path, message }) =>
      [`${file}:${line}:${column}`, ...(path === '' ? [] : [path]), message].join(': '),
    )
    const more = found.length - MAX_SHOWN
    if (more > 0) lines.push(`and ${more} more mistakes`)
    super('bad-config', lines.join('\n'))
    this.mistakes = mistakes
  }
}

/** A YAML or JSON text that was read, and where its parts are. */
export interface LocatedYaml {
  readonly value: unknown
  /** `FILE:LINE:COLUMN` of a part, or of the nearest part around it that is in the file. */
  locate(path: FilePath): string
  /** One `bad-config` that lists mistakes, each with its place. */
  mistakes(found: readonly FileMistake[]): FileMistakes
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
  if (deepAt !== undefined) {
    const line = text.slice(0, deepAt).split('\n').length
    throw new FileMistakes(file, [{ line, column: 1, path: '', message: TOO_DEEP }])
  }
  const { LineCounter, isNode, parseDocument } = yamlLibrary()
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const placeAt = (offset: number): Place => {
    const { line, col: column } = lines.linePos(offset)
    return { line, column }
  }
  if (document.errors.length > 0) {
    const found = document.errors.map(({ pos, message }) => {
      return { ...placeAt(pos[0]), path: '', message }
    })
    throw new FileMistakes(file, found)
  }
  const placeOf = (path: FilePath): Place => {
    for (let depth = path.length; depth >= 0; depth -= 1) {
      const node: unknown = document.getIn(path.slice(0, depth), true)
      if (isNode(node) && node.range) return placeAt(node.range[0])
    }
    return START
  }
  return {
    value: valueOf(document, file),
    locate: (path) => {
      const { line, column } = placeOf(path)
      return `${file}:${line}:${column}`
    },
    mistakes: (found) => {
      const placed = found.map(({ path, message }) => {
        return { ...placeOf(path), path: path.join('.'), message }
      })
      return new FileMistakes(file, placed)
    },
  }
}

type Place = Pick<PlacedMistake, 'line' | 'column'>
const START: Place = { line: 1, column: 1 }

/** Aliases that multiply are refused by the reader of YAML. */
function valueOf(document: Document, file: string): unknown {
  try {
    return document.toJS()
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    throw new FileMistakes(file, [{ ...START, path: '', message }])
  }
}
