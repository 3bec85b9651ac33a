import { z } from 'zod'

import { readLocated } from '../located-yaml.ts'
import { mistakeText } from '../mistake-text.ts'
import type { Fault } from './fault.ts'
import { FAULT_PLAN } from './fault.ts'

const MAX_FILE_BYTES = 1_048_576

/**
 * The plan of a YAML or JSON file, as `PUT /__mock/faults` takes it: `faults: [...]`. Throws one
 * `bad-config` that lists all mistakes, each with its line and column.
 */
export function readFaultsFile(path: string): readonly Fault[] {
  const file = readLocated(path, MAX_FILE_BYTES, 'the faults of')
  const { data, error } = FAULT_PLAN.safeParse(file.value, { error: mistakeText })
  if (data === undefined) throw file.mistakes(error.issues)
  return data.faults
}

/** The JSON Schema of such files, for editors. */
export function faultsJsonSchema(): object {
  return z.toJSONSchema(FAULT_PLAN, { io: 'input' })
}
