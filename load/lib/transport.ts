/** How streams are opened; `load/types/ssefleet.d.ts` says what each is. */
export const TRANSPORTS = ['http', 'http2', 'raw'] as const

export type Transport = (typeof TRANSPORTS)[number]

export function isTransport(name: unknown): name is Transport {
  return TRANSPORTS.some((known) => known === name)
}
