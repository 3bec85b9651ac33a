import { isUntrusted, NODE_HINT } from '../tls/untrusted.ts'
import { redact } from '../redact.ts'

/** Why a call of an engine failed. Errors of several addresses have a message each, and none of their own. */
export function engineErrorText(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(engineErrorText).join('; ')
  const text = redact(error instanceof Error ? error.message : String(error))
  return isUntrusted(error) ? `${text.replace(NODE_HINT, '')}${HINT}` : text
}

const HINT = ': name its authority in proxy.engine.tls.trustStorePath or in NODE_EXTRA_CA_CERTS'
