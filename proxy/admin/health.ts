import type { BackEnd, BackEndState } from '../backend/back-end.ts'
import { certificateWarning, type KnownCertificate } from '../config/certificate-age.ts'
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

interface HealthSources {
  readonly backEnds: readonly BackEnd[]
  readonly certificates: readonly KnownCertificate[]
  /** Whether the proxy is shutting down. */
  readonly isLeaving: boolean
  readonly nowMs: number
}

/**
 * One check per back end [protocol §6.2], healthy while its stream is open, one per certificate,
 * healthy until it expires, and one more while the proxy is shutting down.
 */
export function checkHealth({ backEnds, certificates, isLeaving, nowMs }: HealthSources): Health {
  const names = backEndNames(backEnds.map(({ uri }) => uri))
  const results = backEnds.map(({ state, notices }, index) => ({
    name: `backend ${names[index]}`,
    healthy: state.state === 'open',
    message: redact([describe(state, nowMs), ...notices].join('; ')),
  }))
  if (isLeaving) results.push({ name: 'shutdown', healthy: false, message: 'shutting down' })
  const ages = certificates.map((certificate) => ({
    name: `certificate ${certificate.name}`,
    healthy: certificate.daysLeft >= 0,
    message: certificateWarning(certificate) ?? `expires in ${certificate.daysLeft} days`,
  }))
  const all = [...results, ...ages]
  const sorted = all.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  return {
    isHealthy: all.every(({ healthy }) => healthy),
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
