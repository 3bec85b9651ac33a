import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { temporaryFolder } from './temporary-folder.ts'

export interface Certificate extends AsyncDisposable {
  /** PEM. */
  readonly key: string
  readonly cert: string
  /** Path of the certificate, for `NODE_EXTRA_CA_CERTS`, and of the private key. */
  readonly path: string
  readonly keyPath: string
  /** A folder of this certificate alone, for stores that are made of it. */
  readonly folder: string
  /** Runs openssl in the folder. */
  readonly openssl: (...args: readonly string[]) => void
}

/** A self-signed certificate for these names (`DNS:…`, `IP:…`), created by openssl. */
export function createCertificate(...names: readonly string[]): Certificate {
  const folder = temporaryFolder('certificate-')
  const keyPath = join(folder.path, 'key.pem')
  const path = join(folder.path, 'cert.pem')
  const openssl = (...args: readonly string[]): void => {
    execFileSync('openssl', args, { stdio: 'pipe', cwd: folder.path })
  }
  const options = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const subject = ['-subj', '/CN=test', '-addext', `subjectAltName=${names.join(',')}`]
  openssl('req', '-x509', '-days', '1', ...options, ...subject, '-keyout', keyPath, '-out', path)
  return {
    key: readFileSync(keyPath, 'utf8'),
    cert: readFileSync(path, 'utf8'),
    path,
    keyPath,
    folder: folder.path,
    openssl,
    [Symbol.asyncDispose]: async () => {
      await folder[Symbol.asyncDispose]()
    },
  }
}
