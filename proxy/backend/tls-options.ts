import type { ConnectionOptions } from 'node:tls'

import type { TlsClient } from '../tls/tls-client.ts'

type TlsOptions = Pick<
  ConnectionOptions,
  'ca' | 'cert' | 'key' | 'passphrase' | 'pfx' | 'checkServerIdentity'
>

/**
 * Options of a connection by TLS. `isTrusted` = whether it goes to the configured origin: to another
 * one the proxy does not present its certificate.
 */
export function tlsOptions(tls: TlsClient | undefined, isTrusted: boolean): TlsOptions {
  if (tls === undefined) return {}
  const { ca, keyStore, verifiesHost } = tls
  const { pfx, ...pem } = keyStore ?? {}
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(isTrusted ? { ...pem, ...(pfx === undefined ? {} : { pfx: Buffer.from(pfx) }) } : {}),
    ...(verifiesHost ? {} : { checkServerIdentity: () => undefined }),
  }
}
