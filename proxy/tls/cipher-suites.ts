import { getCiphers } from 'node:tls'

import { TextPattern } from '../text-pattern.ts'

/** One suite that this OpenSSL has, by both of its names. */
interface Suite {
  readonly iana: string
  readonly openssl: string
}

const KEY_EXCHANGES = [
  ['ECDHE_ECDSA', 'ECDHE-ECDSA-'],
  ['ECDHE_RSA', 'ECDHE-RSA-'],
  ['DHE_RSA', 'DHE-RSA-'],
  ['RSA', ''],
] as const

const CIPHERS = [
  ['AES_256_GCM_SHA384', 'AES256-GCM-SHA384'],
  ['CHACHA20_POLY1305_SHA256', 'CHACHA20-POLY1305'],
  ['AES_128_GCM_SHA256', 'AES128-GCM-SHA256'],
  ['AES_256_CBC_SHA384', 'AES256-SHA384'],
  ['AES_256_CBC_SHA256', 'AES256-SHA256'],
  ['AES_128_CBC_SHA256', 'AES128-SHA256'],
  ['AES_256_CBC_SHA', 'AES256-SHA'],
  ['AES_128_CBC_SHA', 'AES128-SHA'],
] as const

/** [tls §B.4] OpenSSL has the names of IANA for these. */
const TLS_1_3 = ['TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256', 'TLS_AES_128_GCM_SHA256']

/** The suites of TLS 1.2 and 1.3 that a server can have, best first. */
const SUITES: readonly Suite[] = knownSuites()

function knownSuites(): readonly Suite[] {
  const available = new Set(getCiphers())
  const older = CIPHERS.flatMap(([cipher, name]) =>
    KEY_EXCHANGES.map(([exchange, prefix]) => ({
      iana: `TLS_${exchange}_WITH_${cipher}`,
      openssl: prefix + name,
    })),
  )
  const newer = TLS_1_3.map((name) => ({ iana: name, openssl: name }))
  return [...newer, ...older].filter(({ openssl }) => available.has(openssl.toLowerCase()))
}

/** A choice of suites in the form of OpenSSL, and the names that are not those of a suite. */
export interface SuiteChoice {
  /** In order of preference, separated by colons; empty if none is left. */
  readonly ciphers: string
  readonly unknown: readonly string[]
}

/**
 * The supported suites less the excluded ones. Names are those of IANA or OpenSSL; in excluded ones
 * `.*` matches any text, as in Jetty. No supported name = all suites.
 */
export function chooseSuites(
  supported: readonly string[],
  excluded: readonly string[],
): SuiteChoice {
  const unknown = supported.filter((name) => !SUITES.some((suite) => isNamed(suite, name)))
  const chosen =
    supported.length === 0
      ? SUITES
      : supported.flatMap((name) => SUITES.filter((suite) => isNamed(suite, name)))
  const patterns = excluded.map((name) => new TextPattern(starred(name)))
  const left = chosen.filter(
    ({ iana, openssl }) =>
      !patterns.some((pattern) => pattern.matches(iana) || pattern.matches(openssl)),
  )
  return { ciphers: [...new Set(left.map(({ openssl }) => openssl))].join(':'), unknown }
}

function isNamed({ iana, openssl }: Suite, name: string): boolean {
  return iana === name || openssl === name
}

/** `^TLS_RSA_.*$` as `TLS_RSA_*`. */
function starred(pattern: string): string {
  const start = pattern.startsWith('^') ? 1 : 0
  const end = pattern.endsWith('$') ? -1 : undefined
  return pattern.slice(start, end).replaceAll('.*', '*')
}
