/** A value as people read it: a text as it is, anything else as JSON. Nothing for what is not there. */
export function plainText(value: unknown): string {
  if (value === undefined || value === null) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}
