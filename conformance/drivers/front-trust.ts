import { readFileSync } from 'node:fs'

import type { Trust } from '../runner/target.ts'
import { ConformanceError } from '../errors.ts'
import { loopbackCertificate } from './certificate.ts'
import type { TargetFile } from './target-file.ts'

/**
 * How the certificate of a target's front is checked. Undefined: its front is plain HTTP. A spawned
 * front gets a certificate of the suite (`{certFile}`, `{keyFile}`), unless the file names another
 * authority.
 */
export function trustOf({ tls, spawn, external }: TargetFile): Trust | undefined {
  const secure = external?.front.startsWith('https:') ?? tls !== undefined
  if (!secure) return undefined
  const { ca, insecure = false, serverName } = tls ?? {}
  const own = spawn === undefined || insecure ? undefined : loopbackCertificate().cert
  return { ca: ca === undefined ? own : readPem(ca), insecure, serverName }
}

/** How a report names it. */
export function describeTrust({ insecure = false, ca }: Trust): string {
  if (insecure) return 'over TLS, certificate not checked'
  return ca === undefined
    ? 'over TLS, certificate checked against public authorities'
    : 'over TLS, certificate checked against the given authority'
}

function readPem(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new ConformanceError(
      'target-file',
      `cannot read the certificate file ${path}: ${reason}`,
      {
        cause,
      },
    )
  }
}
