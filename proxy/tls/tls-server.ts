import type { SecureVersion } from 'node:tls'

import type { KeyStoreSettings } from './key-store.ts'
import { type CertificateFacts, type KeyStore, readKeyStore } from './key-store.ts'
import { chooseSuites } from './cipher-suites.ts'
import { readRevocations, readTrustStore } from './trust-store.ts'
import { TlsMistake } from './tls-mistake.ts'

/** The keys of a connector with TLS. */
export interface TlsServerSettings extends KeyStoreSettings {
  readonly trustStorePath?: string | undefined
  readonly crlPath?: string | undefined
  readonly needClientAuth: boolean
  readonly wantClientAuth: boolean
  readonly supportedProtocols?: readonly string[] | undefined
  readonly excludedProtocols?: readonly string[] | undefined
  readonly supportedCipherSuites?: readonly string[] | undefined
  readonly excludedCipherSuites?: readonly string[] | undefined
}

/** What a server with TLS needs. Plain data: workers get it in a message. */
export interface TlsServer {
  /** Options of `tls.createServer` and `setSecureContext`. */
  readonly context: KeyStore & {
    readonly ca?: string[]
    readonly crl?: string
    readonly ciphers?: string
    readonly minVersion: SecureVersion
    readonly maxVersion: SecureVersion
  }
  /** Whether clients need a certificate, may have one, or are not asked for one. */
  readonly clientAuth: 'need' | 'want' | 'none'
  readonly certificate: CertificateFacts
}

export interface ReadTlsServer {
  readonly server: TlsServer
  /** What the settings ask for and the server ignores, in sentences. */
  readonly warnings: readonly string[]
}

const VERSIONS = ['TLSv1.2', 'TLSv1.3'] as const
/** [old-tls §4] Names that are accepted, and versions that are never served. */
const OLD_VERSIONS = new Set(['SSLv2', 'SSLv2Hello', 'SSLv3', 'TLSv1', 'TLSv1.1'])

/** Reads what a connector with TLS names. Throws `TlsMistake` for the first mistake. */
export function readTlsServer(settings: TlsServerSettings): ReadTlsServer {
  const { keyStore, certificate } = readKeyStore(settings)
  const { needClientAuth, wantClientAuth, trustStorePath, crlPath } = settings
  const clientAuth = needClientAuth ? 'need' : wantClientAuth ? 'want' : 'none'
  if (clientAuth !== 'none' && trustStorePath === undefined) {
    const message = 'certificates of clients are checked against a trust store: name its file'
    throw new TlsMistake('trustStorePath', message)
  }
  const versions = versionsOf(settings)
  const suites = suitesOf(settings)
  return {
    server: {
      context: {
        ...keyStore,
        ...(trustStorePath === undefined ? {} : { ca: [...readTrustStore(trustStorePath)] }),
        ...(crlPath === undefined ? {} : { crl: readRevocations(crlPath) }),
        ...(suites.ciphers === undefined ? {} : { ciphers: suites.ciphers }),
        ...versions,
      },
      clientAuth,
      certificate,
    },
    warnings: suites.warnings,
  }
}

function versionsOf({ supportedProtocols = VERSIONS, excludedProtocols = [] }: TlsServerSettings) {
  refuseUnknownVersions('supportedProtocols', supportedProtocols)
  refuseUnknownVersions('excludedProtocols', excludedProtocols)
  const left = VERSIONS.filter(
    (version) => supportedProtocols.includes(version) && !excludedProtocols.includes(version),
  )
  const [minVersion] = left
  const maxVersion = left.at(-1)
  if (minVersion !== undefined && maxVersion !== undefined) return { minVersion, maxVersion }
  const key = supportedProtocols === VERSIONS ? 'excludedProtocols' : 'supportedProtocols'
  throw new TlsMistake(key, `no version is left: expected ${VERSIONS.join(' or ')}`)
}

function refuseUnknownVersions(key: string, names: readonly string[]): void {
  const unknown = names.find(
    (name) => !OLD_VERSIONS.has(name) && !VERSIONS.some((version) => version === name),
  )
  if (unknown === undefined) return
  throw new TlsMistake(key, `${unknown} is not a version of TLS: expected ${VERSIONS.join(', ')}`)
}

function suitesOf({ supportedCipherSuites = [], excludedCipherSuites = [] }: TlsServerSettings) {
  if (supportedCipherSuites.length === 0 && excludedCipherSuites.length === 0) {
    return { ciphers: undefined, warnings: [] }
  }
  const odd = excludedCipherSuites.find((name) => !/^\^?(?:[\w-]|\.\*)*\$?$/.test(name))
  if (odd !== undefined) {
    const message = `${odd} is not the name of a cipher suite: expected a name, or one with .* for any text`
    throw new TlsMistake('excludedCipherSuites', message)
  }
  const { ciphers, unknown } = chooseSuites(supportedCipherSuites, excludedCipherSuites)
  if (ciphers === '') {
    const key =
      supportedCipherSuites.length === 0 ? 'excludedCipherSuites' : 'supportedCipherSuites'
    const message = 'no cipher suite is left: expected one such as TLS_AES_128_GCM_SHA256'
    throw new TlsMistake(key, message)
  }
  const warnings =
    unknown.length === 0 ? [] : [`unknown cipher suites are ignored: ${unknown.join(', ')}`]
  return { ciphers, warnings }
}
