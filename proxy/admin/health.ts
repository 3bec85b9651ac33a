import type { BackEnd } from '../backend/back-end.ts'
import type { BackEndState } from '../backend/back-end-options.ts'
import { certificateWarning, type KnownCertificate } from '../config/certificate-age.ts'
import type { RowState } from '../process/row.ts'
import { backEndNames, redact } from '../redact.ts'
import { counted } from '../counted.ts'

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
  readonly backEnds: readonly Pick<BackEnd, 'uri' | 'state' | 'notices'>[]
  readonly certificates: readonly KnownCertificate[]
  /** Undefined = the proxy is in no row. */
  readonly row: RowState | undefined
  /** Whether the proxy is shutting down. */
  readonly isLeaving: boolean
  readonly nowMs: number
}

/**
 * One check per back end [protocol §6.2], healthy while its stream is open or another proxy of the
 * row reads it, one for the row, one per certificate, healthy until it expires, and one more while the
 * proxy is shutting down.
 */
export function checkHealth(sources: HealthSources): Health {
  const { backEnds, certificates, row, isLeaving, nowMs } = sources
  const names = backEndNames(backEnds.map(({ uri }) => uri))
  const results = backEnds.map(({ state, notices }, index) => ({
    name: `backend ${names[index]}`,
    ...(isReadElsewhere(row, index)
      ? { healthy: true, message: 'left to another proxy of the row' }
      : {
          healthy: state.state === 'open',
          message: redact([describe(state, nowMs), ...notices].join('; ')),
        }),
  }))
  if (row !== undefined) results.push({ name: `row ${row.name}`, ...rowResult(row) })
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

function isReadElsewhere(row: RowState | undefined, index: number): boolean {
  return row?.hasJoined === true && !row.isAlone && row.terms[index] === undefined
}

function rowResult({
  hasJoined,
  isAlone,
  isSettled,
  failure,
  number,
  terms,
}: RowState): HealthResult {
  if (isAlone) {
    const why = failure ?? 'it is being read'
    return { healthy: false, message: `alone: reads back ends itself, the engine is away: ${why}` }
  }
  if (failure !== undefined) return { healthy: false, message: `the engine fails: ${failure}` }
  if (!hasJoined) return { healthy: false, message: 'the shared log is being read' }
  if (!isSettled)
    return { healthy: false, message: 'the engine has begun anew and is being healed' }
  const led = terms.filter((term) => term !== undefined).length
  const message = `has the log up to number ${number}, reads ${led} of ${counted(terms.length, 'back end')}`
  return { healthy: true, message }
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
