import { join } from 'node:path'

import { execa } from 'execa'

/** The keys of a connector of our proxy that name the files. */
export interface CertificateFiles {
  readonly keyStorePath: string
  readonly keyPath: string
}

/** Creates a certificate for this host, which no authority has signed. Needs openssl. */
export async function createCertificate(
  folder: string,
  signal: AbortSignal,
): Promise<CertificateFiles> {
  const [keyStorePath, keyPath] = [join(folder, 'certificate.pem'), join(folder, 'key.pem')]
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const name = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1']
  const files = ['-keyout', keyPath, '-out', keyStorePath]
  await execa('openssl', ['req', '-x509', ...key, ...name, ...files], { cancelSignal: signal })
  return { keyStorePath, keyPath }
}
