import type { FilePath, LocatedYaml, PlacedMistake } from '../located-yaml.ts'
import { mistakeText } from '../mistake-text.ts'
import { FileMistakes, parseLocated, readLocated } from '../located-yaml.ts'
import { scenarioMistakes } from './scenario-mistakes.ts'
import type { Scenario } from './scenario-schema.ts'
import { SCENARIO } from './scenario-schema.ts'

const MAX_FILE_BYTES = 4 * 1024 * 1024

/** A scenario, and where its parts are. */
export interface ScenarioFile {
  readonly name: string
  readonly scenario: Scenario
  /** `FILE:LINE:COLUMN` of a part. */
  locate(path: FilePath): string
}

/** Throws `bad-config` when the file cannot be read, and as `parseScenario`. */
export function readScenario(path: string): ScenarioFile {
  return scenarioIn(readLocated(path, MAX_FILE_BYTES, 'the scenario'))
}

/**
 * Reads a scenario in YAML or JSON. `file` is its name in messages. Throws one `bad-config` that
 * lists the mistakes, each with its line and column.
 */
export function parseScenario(text: string, file: string): ScenarioFile {
  return scenarioIn(parseLocated(text, file))
}

/** What is wrong with a scenario in YAML or JSON, the first twenty; nothing when it can be run. */
export function mistakesOf(text: string): readonly PlacedMistake[] {
  try {
    parseScenario(text, 'scenario')
    return []
  } catch (error) {
    if (error instanceof FileMistakes) return error.mistakes
    throw error
  }
}

function scenarioIn(file: LocatedYaml): ScenarioFile {
  const { data, error } = SCENARIO.safeParse(file.value, { error: mistakeText })
  if (data === undefined) throw file.mistakes(error.issues)
  const mistakes = scenarioMistakes(data)
  if (mistakes.length > 0) throw file.mistakes(mistakes)
  return { name: data.name, scenario: data, locate: (path) => file.locate(path) }
}
