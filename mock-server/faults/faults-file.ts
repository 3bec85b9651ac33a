import { MockServerError } from '../errors.ts'
import { yamlLibrary } from '../late-libraries.ts'
import { readSmallFile } from '../small-file.ts'
import { TOO_DEEP, tooDeepAt } from '../yaml-depth.ts'
import type { Fault } from './fault.ts'
import { FAULT_PLAN } from './fault.ts'

const MAX_FILE_BYTES = 1_048_576

/**
 * The plan of a YAML or JSON file, as `PUT /__mock/faults` takes it: `faults: [...]`. Throws one
 * `bad-config` that lists all mistakes.
 */
export function readFaultsFile(path: string): readonly Fault[] {
  const { data, error } = FAULT_PLAN.safeParse(valueIn(path))
  if (data === undefined) {
    const mistakes = error.issues.map(
      (issue) => `${path}: ${issue.path.join('.') || 'the file'}: ${issue.message}`,
    )
    throw new MockServerError('bad-config', mistakes.join('\n'))
  }
  return data.faults
}

function valueIn(path: string): unknown {
  try {
    const text = readSmallFile(path, MAX_FILE_BYTES)
    if (tooDeepAt(text) !== undefined) throw new Error(TOO_DEEP)
    return yamlLibrary().parse(text)
  } catch (error) {
    const reason = error instanceof Error ? error.message.trim() : String(error)
    throw new MockServerError('bad-config', `cannot read the faults of ${path}: ${reason}`, {
      cause: error,
    })
  }
}
