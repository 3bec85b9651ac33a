/** A value as people read it: a text as it is, anything else as JSON. Nothing for what is not there. */
export function plainText(value: unknown): string {
  if (value === undefined || value === null) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** What a field for a time holds, which has no zone, as a time of UTC. */
export function utcOf(local: string): string {
  const ms = Date.parse(`${local}Z`)
  return Number.isNaN(ms) ? local : new Date(ms).toISOString()
}
