import type { Seed } from '../content/seed.ts'
import { readLocated } from '../located-yaml.ts'
import { mistakeText } from '../mistake-text.ts'
import { seedMistakes } from './seed-mistakes.ts'
import { completeSeed, SEED_FILE } from './seed-schema.ts'
import { mistakesOfSound } from './sound-elements.ts'

const MAX_FILE_BYTES = 32 * 1024 * 1024

/**
 * The seed that a YAML or JSON file holds. Throws one `bad-config` that lists all mistakes, each
 * with its line and column: what has the wrong shape, what names something that is not there, and
 * payloads that are no payloads; or else what cannot be read.
 */
export function readSeedFile(path: string): Seed {
  const file = readLocated(path, MAX_FILE_BYTES, 'the seed file')
  const { data, error } = SEED_FILE.safeParse(file.value, { error: mistakeText })
  if (data === undefined) throw file.mistakes([...error.issues, ...mistakesOfSound(file.value)])
  const seed = completeSeed(data)
  const mistakes = seedMistakes(seed)
  if (mistakes.length > 0) throw file.mistakes(mistakes)
  return seed
}
