import type { Limits, Variant } from '../../../runner/target.ts'

/** Limits of the reference, in milliseconds, bytes or pieces. Left out: no limit. */
export interface ConcentratorLimits {
  readonly headTimeoutMs: number
  readonly silenceMs: number
  readonly requestTimeoutMs: number
  readonly stallMs: number
  readonly maxClients: number
  readonly logEvents: number
  readonly maxEventBytes: number
  readonly pollHoldMs: number
}

const ROOMY: ConcentratorLimits = {
  headTimeoutMs: 5000,
  silenceMs: 600_000,
  requestTimeoutMs: 10_000,
  stallMs: 60_000,
  maxClients: 20_000,
  logEvents: 50_000,
  maxEventBytes: 16 * 1024 * 1024,
  pollHoldMs: 30_000,
}

const TIGHT: ConcentratorLimits = {
  headTimeoutMs: 1000,
  silenceMs: 4000,
  requestTimeoutMs: 1000,
  stallMs: 1500,
  maxClients: 20,
  logEvents: 100,
  maxEventBytes: 65_536,
  pollHoldMs: 1000,
}

export function limitsOf(variant: Variant | undefined): ConcentratorLimits {
  return variant === 'tight' ? TIGHT : ROOMY
}

/** Claims of the tight variant of the reference, with a margin of time. */
export const TIGHT_CLAIMS: Limits = {
  headWithinMs: TIGHT.headTimeoutMs + 500,
  silenceMs: TIGHT.silenceMs + 500,
  requestWithinMs: TIGHT.requestTimeoutMs + 500,
  stallMs: TIGHT.stallMs + 500,
  maxClients: TIGHT.maxClients,
  logEvents: TIGHT.logEvents,
  maxEventBytes: TIGHT.maxEventBytes,
  pollHoldMs: TIGHT.pollHoldMs + 500,
}
