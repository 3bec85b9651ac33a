import { createHash } from 'node:crypto'

/** An opaque tag, 27 hex digits as in the manual, for the version that `parts` name. */
export function etagOf(...parts: readonly (string | number)[]): string {
  return `"${createHash('sha256').update(parts.join(' ')).digest('hex').slice(0, 27)}"`
}
