import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { TemporaryFolder } from './temporary-folder.ts'

/** A self-signed certificate for the loopback addresses, as PEM. */
export interface Certificate {
  readonly key: string
  readonly cert: string
}

const NAMES = 'DNS:localhost,IP:127.0.0.1,IP:::1'

let loopback: Certificate | undefined

/** The certificate of this process, created by openssl when it is first needed. */
export function loopbackCertificate(): Certificate {
  return (loopback ??= createCertificate(NAMES))
}

/** A self-signed certificate for these names (`DNS:…`, `IP:…`). Throws when openssl is missing. */
export function createCertificate(names: string): Certificate {
  const folder = new TemporaryFolder('conformance-certificate-')
  const [keyPath, path] = [join(folder.path, 'key.pem'), join(folder.path, 'cert.pem')]
  try {
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
    const subject = ['-subj', '/CN=conformance', '-addext', `subjectAltName=${names}`]
    const files = ['-keyout', keyPath, '-out', path]
    execFileSync('openssl', ['req', '-x509', '-days', '2', ...key, ...subject, ...files], {
      stdio: 'pipe',
    })
    return { key: readFileSync(keyPath, 'utf8'), cert: readFileSync(path, 'utf8') }
  } finally {
    folder.remove()
  }
}
