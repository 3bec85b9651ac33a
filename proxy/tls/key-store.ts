import { createPrivateKey, X509Certificate } from 'node:crypto'
import { Duplex } from 'node:stream'
import { createSecureContext, TLSSocket } from 'node:tls'

import { keytoolLine, readStoreFile, type StoreFile } from './store-file.ts'
import { TlsMistake } from './tls-mistake.ts'

/** Where a certificate and its private key are. */
export interface KeyStoreSettings {
  readonly keyStorePath: string
  readonly keyStorePassword?: string | undefined
  readonly keyStoreType?: string | undefined
  /** The private key, if it has a file of its own. PEM. */
  readonly keyPath?: string | undefined
}

/** A certificate with its chain and its private key, as Node takes them. */
export interface KeyStore {
  readonly cert?: string
  readonly key?: string
  readonly pfx?: Uint8Array
  readonly passphrase?: string
}

/** What the log and `/healthcheck` say about a certificate. */
export interface CertificateFacts {
  readonly subject: string
  /** Unix time in ms. */
  readonly expiresMs: number
}

export interface ReadKeyStore {
  readonly keyStore: KeyStore
  readonly certificate: CertificateFacts
}

/** Types that hold what a file can hold. Others are hardware or the registry of Windows. */
const FILE_TYPES = new Set(['PEM', 'PKCS12', 'JKS', 'JCEKS'])

/**
 * Reads a key store, by its content: a PKCS12 file is one also when the type says JKS, as in Java.
 * Throws `TlsMistake`.
 */
export function readKeyStore(settings: KeyStoreSettings): ReadKeyStore {
  const { keyStorePath, keyStoreType } = settings
  if (keyStoreType !== undefined && !FILE_TYPES.has(keyStoreType)) {
    const message = `a key store of type ${keyStoreType} cannot be read: expected PKCS12 or PEM`
    throw new TlsMistake('keyStoreType', message)
  }
  const file = readStoreFile('keyStorePath', keyStorePath)
  switch (file.kind) {
    case 'PEM':
      return readPem(file, settings)
    case 'PKCS12':
      return readPkcs12(file, settings)
    case 'JKS':
    case 'JCEKS':
      throw new TlsMistake(
        'keyStorePath',
        `${file.path} is a ${file.kind} key store, which only Java reads. Convert it, and name the ` +
          `new file: ${keytoolLine(file.path, file.kind)}`,
      )
    default:
      throw new TlsMistake(
        'keyStorePath',
        `${file.path} is not a key store: expected PKCS12 or PEM`,
      )
  }
}

function readPem(file: StoreFile, settings: KeyStoreSettings): ReadKeyStore {
  const { keyPath, keyStorePassword: passphrase, keyStoreType } = settings
  if (keyStoreType === 'PKCS12') {
    const message = `${file.path} is a PEM file: expected the type PEM`
    throw new TlsMistake('keyStoreType', message)
  }
  const cert = file.bytes.toString('latin1')
  const certificate = leafOf(file.path, cert)
  const keyFile = keyPath === undefined ? file : readStoreFile('keyPath', keyPath)
  const keyName = keyPath === undefined ? 'keyStorePath' : 'keyPath'
  const key = keyFile.bytes.toString('latin1')
  if (!key.includes('PRIVATE KEY-----')) {
    const hint = keyPath === undefined ? ': append it, or name its file as keyPath' : ''
    throw new TlsMistake(keyName, `${keyFile.path} has no private key${hint}`)
  }
  if (!certificate.checkPrivateKey(privateKey(keyFile.path, keyName, key, passphrase))) {
    const message = `the private key in ${keyFile.path} is not that of the first certificate in ${file.path}`
    throw new TlsMistake(keyName, message)
  }
  const keyStore = { cert, key, ...(passphrase === undefined ? {} : { passphrase }) }
  return { keyStore, certificate: factsOf(certificate) }
}

function leafOf(path: string, cert: string): X509Certificate {
  try {
    return new X509Certificate(cert)
  } catch (error) {
    const message = `${path} has no certificate that can be read`
    throw new TlsMistake('keyStorePath', message, { cause: error })
  }
}

function privateKey(path: string, name: string, key: string, passphrase: string | undefined) {
  try {
    return createPrivateKey({ key, ...(passphrase === undefined ? {} : { passphrase }) })
  } catch (error) {
    const isEncrypted = key.includes('ENCRYPTED')
    if (isEncrypted && passphrase === undefined) {
      const message = `the private key in ${path} is encrypted: give its password`
      throw new TlsMistake('keyStorePassword', message, { cause: error })
    }
    if (isEncrypted) {
      const message = `the password does not open the private key in ${path}`
      throw new TlsMistake('keyStorePassword', message, { cause: error })
    }
    const message = `${path} has a private key that cannot be read`
    throw new TlsMistake(name, message, { cause: error })
  }
}

function readPkcs12(file: StoreFile, settings: KeyStoreSettings): ReadKeyStore {
  const { keyPath, keyStorePassword: passphrase, keyStoreType } = settings
  if (keyStoreType === 'PEM') {
    throw new TlsMistake('keyStoreType', `${file.path} is not a PEM file: expected the type PKCS12`)
  }
  if (keyPath !== undefined) {
    const message = `${file.path} is a PKCS12 file, which has the private key: remove keyPath`
    throw new TlsMistake('keyPath', message)
  }
  const keyStore = { pfx: file.bytes, ...(passphrase === undefined ? {} : { passphrase }) }
  try {
    return { keyStore, certificate: factsOf(localCertificate(keyStore)) }
  } catch (error) {
    throw pkcs12Mistake(file, error)
  }
}

/** The certificate that a server with this key store presents. */
function localCertificate(keyStore: { readonly pfx: Buffer }): X509Certificate {
  const secureContext = createSecureContext(keyStore)
  const socket = new TLSSocket(new Duplex({ read() {}, write() {} }), {
    isServer: true,
    secureContext,
  })
  try {
    const certificate = socket.getX509Certificate()
    if (certificate === undefined) throw new Error('no certificate')
    return certificate
  } finally {
    socket.destroy()
  }
}

function pkcs12Mistake({ path }: StoreFile, error: unknown): TlsMistake {
  const reason = error instanceof Error ? error.message : String(error)
  const cause = { cause: error }
  if (reason.includes('mac verify failure')) {
    return new TlsMistake('keyStorePassword', `the password does not open ${path}`, cause)
  }
  if (reason.includes('Unsupported PKCS12')) {
    const message =
      `${path} is encrypted by an algorithm that OpenSSL 3 no longer reads. Write it again: ` +
      keytoolLine(path, 'PKCS12').replace(/\.p12( -deststoretype)/, '-new.p12$1')
    return new TlsMistake('keyStorePath', message, cause)
  }
  if (reason.includes('private key')) {
    return new TlsMistake('keyStorePath', `${path} has no private key`, cause)
  }
  return new TlsMistake('keyStorePath', `${path} is not a PKCS12 file that can be read`, cause)
}

function factsOf({ subject, validTo }: X509Certificate): CertificateFacts {
  return { subject: subject.replaceAll('\n', ', '), expiresMs: Date.parse(validTo) }
}
