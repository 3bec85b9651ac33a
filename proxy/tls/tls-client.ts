import { type KeyStore, type KeyStoreSettings, readKeyStore } from './key-store.ts'
import { readTrustStore } from './trust-store.ts'

/** The keys of a back end with TLS. */
export interface TlsClientSettings extends Omit<KeyStoreSettings, 'keyStorePath'> {
  readonly keyStorePath?: string | undefined
  readonly trustStorePath?: string | undefined
  readonly verifyHostname: boolean
}

/** How the proxy connects to a back end by TLS. */
export interface TlsClient {
  /** The authorities of the back end instead of those of Node. */
  readonly ca?: string[]
  /** The certificate that the proxy presents. */
  readonly keyStore?: KeyStore
  /** Whether the certificate must be valid for the host of the URL. */
  readonly verifiesHost: boolean
}

/** Reads what the block `tls` of a back end names. Throws `TlsMistake` for the first mistake. */
export function readTlsClient(settings: TlsClientSettings): TlsClient {
  const { keyStorePath, trustStorePath, verifyHostname } = settings
  return {
    verifiesHost: verifyHostname,
    ...(trustStorePath === undefined ? {} : { ca: [...readTrustStore(trustStorePath)] }),
    ...(keyStorePath === undefined
      ? {}
      : { keyStore: readKeyStore({ ...settings, keyStorePath }).keyStore }),
  }
}
