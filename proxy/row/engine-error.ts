import { redact } from '../redact.ts'

/** Why a call of an engine failed. Errors of several addresses have a message each, and none of their own. */
export function engineErrorText(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(engineErrorText).join('; ')
  return redact(error instanceof Error ? error.message : String(error))
}
