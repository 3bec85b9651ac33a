import { appendFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { execa } from 'execa'

/** The keys of a connector of our proxy that name the files. */
export interface CertificateFiles {
  readonly keyStorePath: string
  readonly keyPath: string
}

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']

/**
 * Creates a certificate for this host, followed by that of its authority, as public authorities
 * give them: servers send both in each handshake. Needs openssl.
 */
export async function createCertificate(
  folder: string,
  signal: AbortSignal,
): Promise<CertificateFiles> {
  const [keyStorePath, keyPath, issuerPath, issuerKeyPath] = [
    join(folder, 'certificate.pem'),
    join(folder, 'key.pem'),
    join(folder, 'authority.pem'),
    join(folder, 'authority-key.pem'),
  ]
  const create = async (...args: readonly string[]) => {
    await execa('openssl', ['req', '-x509', ...KEY, ...args], { cancelSignal: signal })
  }
  const issuerName = ['-subj', '/O=Benchmark/CN=Authority']
  await create(...issuerName, '-keyout', issuerKeyPath, '-out', issuerPath)
  const issuer = ['-CA', issuerPath, '-CAkey', issuerKeyPath]
  const name = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1']
  await create(...issuer, ...name, '-keyout', keyPath, '-out', keyStorePath)
  await appendFile(keyStorePath, await readFile(issuerPath))
  return { keyStorePath, keyPath }
}
