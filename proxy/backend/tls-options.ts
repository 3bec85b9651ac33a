import type { RequestOptions } from 'node:https'

import type { TlsClient } from '../tls/tls-client.ts'

/**
 * Options of a request by TLS. `isTrusted` = whether it goes to the configured origin: to another
 * one the proxy does not present its certificate.
 */
export function tlsOptions(tls: TlsClient | undefined, isTrusted: boolean): RequestOptions {
  if (tls === undefined) return {}
  const { ca, keyStore, verifiesHost } = tls
  const { pfx, ...pem } = keyStore ?? {}
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(isTrusted ? { ...pem, ...(pfx === undefined ? {} : { pfx: Buffer.from(pfx) }) } : {}),
    ...(verifiesHost ? {} : { checkServerIdentity: () => undefined }),
  }
}
