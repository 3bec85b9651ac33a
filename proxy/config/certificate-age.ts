import { type Connector, placeOf } from './connector.ts'

/** A certificate of the proxy, for operators. */
export interface KnownCertificate {
  /** Where it is presented. */
  readonly name: string
  readonly subject: string
  /** Whole days until it expires; negative = it has expired. */
  readonly daysLeft: number
}

const DAY_MS = 86_400_000
const WARN_DAYS = 21

/** The certificates of these connectors at this Unix time. */
export function certificatesOf(
  connectors: readonly Connector[],
  nowMs: number,
): readonly KnownCertificate[] {
  return connectors.flatMap((connector) => {
    if (connector.tls === undefined) return []
    const { subject, expiresMs } = connector.tls.certificate
    const name = placeOf(connector)
    return [{ name, subject, daysLeft: Math.floor((expiresMs - nowMs) / DAY_MS) }]
  })
}

/** What is wrong with a certificate, or soon will be; undefined = nothing. */
export function certificateWarning(certificate: KnownCertificate): string | undefined {
  const { name, subject, daysLeft } = certificate
  const which = `the certificate of ${name} (${subject})`
  if (daysLeft < 0) return `${which} expired ${-daysLeft} days ago: clients refuse it`
  return daysLeft < WARN_DAYS ? `${which} expires in ${daysLeft} days` : undefined
}
