import { X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'

import { readStoreFile, trustToPemLine } from './store-file.ts'
import { TlsMistake } from './tls-mistake.ts'

const BEGIN = '-----BEGIN CERTIFICATE-----'
const END = '-----END CERTIFICATE-----'

/** Reads the certificates of authorities in a PEM file. Throws `TlsMistake`. */
export function readTrustStore(path: string): readonly string[] {
  const file = readStoreFile('trustStorePath', path)
  if (file.kind !== 'PEM') {
    const hint =
      file.kind === 'unknown' ? '' : `. Convert it, and name the new file: ${trustToPemLine(file)}`
    throw new TlsMistake('trustStorePath', `${path} is not a PEM file${hint}`)
  }
  const certificates = certificatesIn(file.bytes.toString('latin1'))
  if (certificates.length === 0) {
    throw new TlsMistake('trustStorePath', `${path} has no certificate`)
  }
  for (const [index, certificate] of certificates.entries()) {
    try {
      void new X509Certificate(certificate)
    } catch (error) {
      const message = `certificate ${index + 1} in ${path} cannot be read`
      throw new TlsMistake('trustStorePath', message, { cause: error })
    }
  }
  return certificates
}

/** Reads a list of revoked certificates in PEM. Throws `TlsMistake`. */
export function readRevocations(path: string): string {
  const text = readStoreFile('crlPath', path).bytes.toString('latin1')
  try {
    createSecureContext({ crl: text })
    return text
  } catch (error) {
    const message = `${path} has no list of revoked certificates in PEM`
    throw new TlsMistake('crlPath', message, { cause: error })
  }
}

/** Text between certificates is left out, such as what `keytool -list` writes. */
function certificatesIn(text: string): readonly string[] {
  const found: string[] = []
  for (let at = text.indexOf(BEGIN); at !== -1;) {
    const end = text.indexOf(END, at)
    const next = end === -1 ? text.length : end + END.length
    found.push(`${text.slice(at, next)}\n`)
    at = text.indexOf(BEGIN, next)
  }
  return found
}
