/** How streams are opened; `load/types/ssefleet.d.ts` explains each. */
export const TRANSPORTS = ['http', 'http2', 'raw'] as const

export type Transport = (typeof TRANSPORTS)[number]
