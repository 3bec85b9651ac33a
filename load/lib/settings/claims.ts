/**
 * What a proxy promises beyond the delivery of each event. `ids`: each event has an id. `replay`: a
 * stream that reconnects with its last id gets what it missed.
 */
const CLAIMS = ['ids', 'replay'] as const
export type Claim = (typeof CLAIMS)[number]

/** Reads `ids,replay` or `none`. A replay needs ids. */
export function claims(text: string): readonly Claim[] {
  if (text === 'none') return []
  const names = text.split(',')
  const found = CLAIMS.filter((name) => names.includes(name))
  if (found.length !== names.length) throw new Error(`${CLAIMS.join(',')}, one of them, or none`)
  return found.includes('replay') ? CLAIMS : found
}
