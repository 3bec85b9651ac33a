import { stringify } from 'yaml'
import { z } from 'zod'

import { ConformanceError } from '../errors.ts'
import type { Expectation } from '../runner/outcome/expectations.ts'
import { readYaml } from './read-yaml.ts'

const schema = z.array(
  z.strictObject({
    check: z.string().min(1),
    verdict: z.enum(['FAIL', 'WARN', 'INCONCLUSIVE']),
    sometimes: z.boolean().optional(),
    reason: z.string('a sentence that says why').min(10, 'a sentence that says why'),
  }),
)

/**
 * Reads an expectation file: a YAML list of `check`, `verdict`, `reason`, and optionally
 * `sometimes`.
 */
export function readExpectationFile(path: string): readonly Expectation[] {
  let content: unknown
  try {
    content = readYaml(path) ?? []
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new ConformanceError(
      'expectations',
      `cannot read the expectation file ${path}: ${reason}`,
      { cause },
    )
  }
  const entries = schema.safeParse(content)
  if (entries.success) return entries.data
  const mistakes = entries.error.issues.map(
    (issue) => `  ${issue.path.join('.')}: ${issue.message}`,
  )
  throw new ConformanceError(
    'expectations',
    `${path} is not an expectation file:\n${mistakes.join('\n')}`,
  )
}

/** Entries as YAML text for a file. */
export function formatExpectations(entries: readonly Expectation[]): string {
  return entries.length === 0 ? '[]\n' : stringify(entries, { lineWidth: 120 })
}
