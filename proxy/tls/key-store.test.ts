import { copyFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { certificatesOf, certificateWarning } from '../config/certificate-age.ts'
import { parseConfig } from '../config/read-config.ts'
import { type Certificate, createCertificate } from '../testing/certificate.ts'
import { temporaryFolder } from '../testing/temporary-folder.ts'

const folder = temporaryFolder('stores-')
const at = (name: string): string => join(folder.path, name)
let own: Certificate
let other: Certificate

beforeAll(() => {
  own = createCertificate('DNS:localhost')
  other = createCertificate('DNS:other')
  copyFileSync(own.path, at('cert.pem'))
  copyFileSync(own.keyPath, at('key.pem'))
  copyFileSync(other.keyPath, at('other-key.pem'))
  writeFileSync(at('both.pem'), own.cert + own.key)
  writeFileSync(at('garbage'), 'garbage')
  writeFileSync(at('garbage.pem'), '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n')
  writeFileSync(at('garbage.p12'), Buffer.from('3003020103', 'hex'))
  writeFileSync(at('old.jks'), Buffer.from('feedfeed00000002', 'hex'))
  writeFileSync(at("it's.jceks"), Buffer.from('cececece00000002', 'hex'))
  const { openssl } = own
  const inputs = ['-in', 'cert.pem', '-inkey', 'key.pem', '-passout', 'pass:hunter2']
  openssl('pkcs12', '-export', ...inputs, '-out', at('store.p12'))
  openssl('pkcs12', '-export', '-legacy', ...inputs, '-out', at('legacy.p12'))
  const noKey = ['-export', '-nokeys', '-in', 'cert.pem', '-passout', 'pass:hunter2']
  openssl('pkcs12', ...noKey, '-out', at('trust.p12'))
  openssl('pkcs8', '-topk8', '-in', 'key.pem', '-passout', 'pass:hunter2', '-out', at('locked.pem'))
})
afterAll(async () => {
  for (const resource of [folder, own, other]) await resource[Symbol.asyncDispose]()
})

interface Keys {
  readonly [key: string]: unknown
}

function read(keys: Keys, environment: Readonly<Record<string, string>> = {}) {
  const server = { applicationConnectors: [{ type: 'https', port: 0, ...keys }] }
  const file = { server, backends: [{ uri: 'http://a/' }] }
  return parseConfig(JSON.stringify(file), 'file.yaml', environment)
}

function complaintAbout(keys: Keys, environment?: Readonly<Record<string, string>>): string {
  try {
    read(keys, environment)
    return ''
  } catch (error) {
    return error instanceof Error ? error.message.replaceAll(folder.path, 'DIR') : String(error)
  }
}

const P12 = { keyStorePath: at('store.p12'), keyStorePassword: 'hunter2' }
const PEM = { keyStorePath: at('both.pem') }

describe('the settings of a connector with TLS', () => {
  it.each<readonly [string, Keys]>([
    ['a PKCS12 store', P12],
    ['a PKCS12 store whose type says JKS, as Java accepts it', { ...P12, keyStoreType: 'JKS' }],
    ['one PEM file', { ...PEM, keyStoreType: 'pem' }],
    ['two PEM files', { keyStorePath: at('cert.pem'), keyPath: at('key.pem') }],
    [
      'an encrypted private key',
      { keyStorePath: at('cert.pem'), keyPath: at('locked.pem'), keyStorePassword: 'hunter2' },
    ],
    ['names separated by commas', { ...PEM, supportedProtocols: 'TLSv1, TLSv1.2' }],
    ['patterns of Jetty', { ...PEM, excludedCipherSuites: ['^.*_SHA$', '^TLS_RSA_.*$', 'SSL_.*'] }],
  ])('a connector with TLS accepts %s', (_name, keys) => {
    expect(complaintAbout(keys)).toBe('')
  })

  it.each<readonly [string, Keys, string]>([
    ['no key store', {}, 'keyStorePath is missing: expected a file with a certificate and its'],
    ['a file that is missing', { keyStorePath: at('no.p12') }, 'keyStorePath: the file cannot be'],
    ['a folder', { keyStorePath: folder.path }, 'keyStorePath: the file cannot be read: DIR is a'],
    ['an endless file', { keyStorePath: '/dev/zero' }, '/dev/zero is larger than 1048576 bytes'],
    ['any other file', { keyStorePath: at('garbage') }, 'DIR/garbage is not a key store: expected'],
    [
      'a JKS store',
      { keyStorePath: at('old.jks') },
      'keyStorePath: DIR/old.jks is a JKS key store, which only Java reads. Convert it, and name ' +
        'the new file: keytool -importkeystore -srckeystore DIR/old.jks -srcstoretype JKS ' +
        '-destkeystore DIR/old.p12 -deststoretype PKCS12',
    ],
    [
      'a JCEKS store with a quote in its name',
      { keyStorePath: at("it's.jceks") },
      `-srckeystore 'DIR/it'\\''s.jceks' -srcstoretype JCEKS -destkeystore 'DIR/it'\\''s.p12'`,
    ],
    ['a type of hardware', { ...P12, keyStoreType: 'PKCS11' }, 'keyStoreType: a key store of type'],
    [
      'a wrong type',
      { ...P12, keyStoreType: 'PEM' },
      'keyStoreType: DIR/store.p12 is not a PEM file',
    ],
    ['a wrong type', { ...PEM, keyStoreType: 'PKCS12' }, 'keyStoreType: DIR/both.pem is a PEM'],
    ['a wrong password', { ...P12, keyStorePassword: 'x' }, 'keyStorePassword: the password does'],
    ['no password', { keyStorePath: at('store.p12') }, 'keyStorePassword: the password does not'],
    [
      'a broken PKCS12 store',
      { keyStorePath: at('garbage.p12') },
      'is not a PKCS12 file that can be',
    ],
    [
      'an old cipher',
      { ...P12, keyStorePath: at('legacy.p12') },
      '-destkeystore DIR/legacy-new.p12',
    ],
    ['no key in PKCS12', { ...P12, keyStorePath: at('trust.p12') }, 'trust.p12 has no private key'],
    [
      'a key beside PKCS12',
      { ...P12, keyPath: at('key.pem') },
      'keyPath: DIR/store.p12 is a PKCS12',
    ],
    ['no key in PEM', { keyStorePath: at('cert.pem') }, 'DIR/cert.pem has no private key: append'],
    ['no certificate', { keyStorePath: at('key.pem') }, 'DIR/key.pem has no certificate that can'],
    ['a broken certificate', { keyStorePath: at('garbage.pem') }, 'has no certificate that can be'],
    [
      'the key of another certificate',
      { keyStorePath: at('cert.pem'), keyPath: at('other-key.pem') },
      'keyPath: the private key in DIR/other-key.pem is not that of the first certificate in DIR/cert',
    ],
    [
      'an encrypted key without a password',
      { keyStorePath: at('cert.pem'), keyPath: at('locked.pem') },
      'keyStorePassword: the private key in DIR/locked.pem is encrypted: give its password',
    ],
    [
      'an encrypted key with a wrong password',
      { keyStorePath: at('cert.pem'), keyPath: at('locked.pem'), keyStorePassword: 'x' },
      'keyStorePassword: the password does not open the private key in DIR/locked.pem',
    ],
    [
      'clients without authorities',
      { ...PEM, needClientAuth: true },
      'trustStorePath: certificates',
    ],
    [
      'a trust store in PKCS12',
      { ...PEM, trustStorePath: at('trust.p12') },
      'openssl pkcs12 -in DIR/trust.p12 -nokeys -out DIR/trust.pem',
    ],
    ['a trust store without any', { ...PEM, trustStorePath: at('key.pem') }, 'has no certificate'],
    ['a broken trust store', { ...PEM, trustStorePath: at('garbage.pem') }, 'certificate 1 in DIR'],
    [
      'a broken revocation list',
      { ...PEM, crlPath: at('cert.pem') },
      'crlPath: DIR/cert.pem has no',
    ],
    [
      'an unknown version',
      { ...PEM, supportedProtocols: ['TLS1.2'] },
      'TLS1.2 is not a version of',
    ],
    [
      'old versions only',
      { ...PEM, supportedProtocols: ['TLSv1'] },
      'no version is left: expected',
    ],
    ['no suite', { ...PEM, excludedCipherSuites: ['.*'] }, 'no cipher suite is left: expected one'],
    [
      'a regular expression',
      { ...PEM, excludedCipherSuites: ['(A|B)'] },
      '(A|B) is not the name of a',
    ],
    [
      'TLS on http',
      { ...PEM, type: 'http' },
      'no such key for a connector of type http, which has',
    ],
  ])('a connector with TLS refuses %s (%j)', (_name, keys, complaint) => {
    expect(complaintAbout(keys)).toContain(complaint)
  })

  it('a mistake of a key store has the place of its key and no text of the environment', () => {
    const keys = { keyStorePath: '${STORE}', keyStorePassword: '${WORD}' }
    const complaint = complaintAbout(keys, { STORE: at('old.jks'), WORD: 'hunter2' })
    expect(complaint).toMatch(
      /file\.yaml:1:\d+ {2}server\.applicationConnectors\[0\]\.keyStorePath: /,
    )
    expect(complaint).toContain('-srckeystore ***.jks')
    expect(complaint).not.toMatch(/old|hunter2/)
  })

  it('a password of the wrong form is not repeated', () => {
    expect(complaintAbout({ ...P12, keyStorePassword: 'hunter2\n' })).not.toContain('hunter2')
  })

  it('suites that the proxy does not serve are listed in a warning', () => {
    const supportedCipherSuites = ['TLS_AES_128_GCM_SHA256', 'TLS_RSA_WITH_RC4_128_MD5']
    const { warnings } = read({ ...PEM, supportedCipherSuites })
    expect(warnings).toContain('unknown cipher suites are ignored: TLS_RSA_WITH_RC4_128_MD5')
  })

  it('a certificate that soon expires, or has expired, is named in a warning', () => {
    const { warnings } = read(PEM)
    expect(warnings).toEqual(['the certificate of 127.0.0.1:0 (CN=test) expires in 0 days'])
    const later = Date.now() + 5 * 86_400_000
    const [expired] = certificatesOf(read(PEM).applicationConnectors, later)
    expect(expired).toMatchObject({ daysLeft: -5 })
    expect(expired === undefined ? '' : certificateWarning(expired)).toMatch(
      /\(CN=test\) expired 5 days ago: clients refuse it$/,
    )
  })
})

describe('the settings of TLS to a back end', () => {
  const complaint = (uri: string, tls: Keys): string => {
    try {
      parseConfig(JSON.stringify({ backends: [{ uri, tls }] }), 'file.yaml', {})
      return ''
    } catch (error) {
      return error instanceof Error ? error.message.replaceAll(folder.path, 'DIR') : String(error)
    }
  }

  it.each<readonly [string, Keys, string]>([
    ['https://a/', { trustStorePath: at('no.pem') }, 'backends[0].tls.trustStorePath: the file'],
    ['https://a/', { keyStorePath: at('old.jks') }, 'backends[0].tls.keyStorePath: DIR/old.jks is'],
    ['https://a/', { keyPath: at('key.pem') }, 'tls.keyStorePath is missing: expected a file with'],
    [
      'https://a/',
      { ...P12, keyStorePassword: 'x' },
      'tls.keyStorePassword: the password does not',
    ],
    ['http://a/', { ...P12 }, 'backends[0].tls: expected no TLS for a back end whose URL starts'],
  ])('TLS to the back end %s refuses %j', (uri, tls, expected) => {
    expect(complaint(uri, tls)).toContain(expected)
  })
})
