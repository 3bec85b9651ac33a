import type { BackEnd, BackEndState } from '../backend/back-end.ts'
import { backEndNames, redact } from '../redact.ts'

/** Result of one check, with the keys of Dropwizard's health checks. */
interface HealthResult {
  readonly healthy: boolean
  readonly message: string
}

export interface Health {
  readonly isHealthy: boolean
  /** Results by name of the check, sorted. */
  readonly checks: Readonly<Record<string, HealthResult>>
}

/**
 * One check per back end [protocol §6.2], healthy while its stream is open, and one more while the
 * proxy is shutting down.
 */
export function checkHealth(
  backEnds: readonly BackEnd[],
  nowMs: number,
  isLeaving: boolean,
): Health {
  const names = backEndNames(backEnds.map(({ uri }) => uri))
  const results = backEnds.map(({ state, notices }, index) => ({
    name: `backend ${names[index]}`,
    healthy: state.state === 'open',
    message: redact([describe(state, nowMs), ...notices].join('; ')),
  }))
  if (isLeaving) results.push({ name: 'shutdown', healthy: false, message: 'shutting down' })
  const sorted = results.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  return {
    isHealthy: results.every(({ healthy }) => healthy),
    checks: Object.fromEntries(
      sorted.map(({ name, healthy, message }) => [name, { healthy, message }]),
    ),
  }
}

function describe(state: BackEndState, nowMs: number): string {
  const seconds = Math.round((nowMs - state.sinceMs) / 1000)
  switch (state.state) {
    case 'open':
      return `connected for ${seconds} s`
    case 'connecting':
      return `connecting for ${seconds} s`
    case 'waiting': {
      const nextSeconds = Math.max(0, Math.round(state.retryInMs / 1000) - seconds)
      return `not connected for ${seconds} s, next attempt in ${nextSeconds} s: ${state.error.message}`
    }
    default:
      return 'closed'
  }
}
