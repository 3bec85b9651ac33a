import type { Document } from 'yaml'

import type { Seed } from '../content/seed.ts'
import { MockServerError } from '../errors.ts'
import { yamlLibrary } from '../late-libraries.ts'
import { readSmallFile } from '../small-file.ts'
import { TOO_DEEP, tooDeepAt } from '../yaml-depth.ts'
import type { SeedMistake, SeedPath } from './seed-mistakes.ts'
import { seedMistakes } from './seed-mistakes.ts'
import { completeSeed, SEED_FILE } from './seed-schema.ts'
import { mistakesOfSound } from './sound-elements.ts'

const MAX_FILE_BYTES = 32 * 1024 * 1024
/** A file that is wrong throughout is wrong in the same way: the first mistakes tell. */
const MAX_SHOWN = 20

/**
 * The seed that a YAML or JSON file holds. Throws one `bad-config` that lists all mistakes, each
 * with its line and column: what has the wrong shape, what names something that is not there, and
 * payloads that are no payloads; or else what cannot be read.
 */
export function readSeedFile(path: string): Seed {
  const text = readBounded(path)
  const deepAt = tooDeepAt(text)
  if (deepAt !== undefined)
    throw mistakesIn(path, [`${text.slice(0, deepAt).split('\n').length}:1: ${TOO_DEEP}`])
  const lines = new (yamlLibrary().LineCounter)()
  const document = yamlLibrary().parseDocument(text, { lineCounter: lines, prettyErrors: false })
  if (document.errors.length > 0) {
    const errors = document.errors.map(({ pos, message }) => {
      const { line, col } = lines.linePos(pos[0])
      return `${line}:${col}: ${message}`
    })
    throw mistakesIn(path, errors)
  }
  const at = (where: SeedPath): string => {
    for (let depth = where.length; depth >= 0; depth -= 1) {
      const node: unknown = document.getIn(where.slice(0, depth), true)
      if (!yamlLibrary().isNode(node) || !node.range) continue
      const { line, col } = lines.linePos(node.range[0])
      return `${line}:${col}: ${where.join('.')}`
    }
    return `1:1: ${where.join('.')}`
  }
  const value = valueOf(document, path)
  const { data, error } = SEED_FILE.safeParse(value)
  const seed = data === undefined ? undefined : completeSeed(data)
  const mistakes: readonly SeedMistake[] =
    seed === undefined
      ? [...shapeMistakes(error?.issues ?? []), ...mistakesOfSound(value)]
      : seedMistakes(seed)
  if (seed === undefined || mistakes.length > 0)
    throw mistakesIn(
      path,
      mistakes.map(({ where, message }) => `${at(where)}: ${message}`),
    )
  return seed
}

function shapeMistakes(
  issues: readonly { readonly path: SeedPath; readonly message: string }[],
): readonly SeedMistake[] {
  return issues.map(({ path: where, message }) => ({ where, message }))
}

/** Aliases that multiply are refused by the reader of YAML. */
function valueOf(document: Document, path: string): unknown {
  try {
    return document.toJS()
  } catch (error) {
    throw mistakesIn(path, [`1:1: ${error instanceof Error ? error.message : String(error)}`])
  }
}

function readBounded(path: string): string {
  try {
    return readSmallFile(path, MAX_FILE_BYTES)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new MockServerError('bad-config', `cannot read the seed file ${path}: ${reason}`, {
      cause: error,
    })
  }
}

function mistakesIn(path: string, mistakes: readonly string[]): MockServerError {
  const more = mistakes.length - MAX_SHOWN
  const shown = mistakes.slice(0, MAX_SHOWN).map((mistake) => `${path}:${mistake}`)
  if (more > 0) shown.push(`and ${more} more mistakes`)
  return new MockServerError('bad-config', shown.join('\n'))
}
