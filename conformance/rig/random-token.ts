import { randomBytes } from 'node:crypto'

/** Twelve hexadecimal digits that nothing else in a run uses. */
export function randomToken(): string {
  return randomBytes(6).toString('hex')
}
