import { z } from 'zod'

import { CONNECTOR_TYPES, isSecure, speaksH2, type UnixSocket } from './connector.ts'
import { connectorSettings } from './connector-settings.ts'
import { byteSize } from './quantities.ts'
import { DROPWIZARD_KEYS, ignoring } from './dropwizard-keys.ts'
import {
  bindHost,
  fileMode,
  flag,
  oneOf,
  oneOfInAnyCase,
  plainText,
  socketPath,
  textList,
  wholeNumber,
} from './scalars.ts'

// [protocol §8.2] Other hosts reach a port only when the file says so.
const DEFAULT_HOST = '127.0.0.1'

/** Keys of a certificate with its private key, as the framework names them; `keyPath` is ours. */
export const keyStoreKeys = {
  keyStorePath: plainText()
    .optional()
    .describe(
      'Certificate, chain and private key in one file: PKCS12, or PEM with the certificate of the ' +
        'server first.',
    )
    .meta({ example: '/etc/escenic/sse-proxy/keystore.p12' }),
  keyStorePassword: plainText()
    .optional()
    .describe('Password of the key store, or of a private key in PEM.')
    .meta({ example: '${KEY_STORE_PASSWORD}' }),
  keyStoreType: oneOfInAnyCase('PKCS12', 'PEM', 'JKS', 'JCEKS', 'PKCS11', 'WINDOWS-MY')
    .optional()
    .describe('Type of the key store. The file itself tells it, too. JKS has to be converted.')
    .meta({ example: 'PKCS12' }),
  keyPath: plainText()
    .optional()
    .describe('Private key in PEM, if `keyStorePath` is a PEM file without it.')
    .meta({ example: '/etc/escenic/sse-proxy/privkey.pem' }),
}

/** Keys of the authorities that certificates of the other side are checked against. */
export const trustStoreKeys = {
  trustStorePath: plainText()
    .optional()
    .describe('Certificates of authorities in PEM.')
    .meta({ example: '/etc/escenic/sse-proxy/authorities.pem' }),
}

const tlsKeys = {
  ...keyStoreKeys,
  ...trustStoreKeys,
  ...ignoring(DROPWIZARD_KEYS.tls),
  needClientAuth: flag()
    .default(false)
    .describe('Whether a client must present a certificate of an authority in the trust store.'),
  wantClientAuth: flag()
    .default(false)
    .describe(
      'Whether a client is asked for a certificate. It may have none, but not a wrong one.',
    ),
  supportedProtocols: textList()
    .optional()
    .describe('Versions of TLS. TLSv1.1 and older ones are never accepted.')
    .meta({ example: ['TLSv1.2', 'TLSv1.3'] }),
  excludedProtocols: textList().optional().describe('Versions of TLS that are refused.'),
  supportedCipherSuites: textList()
    .optional()
    .describe('Cipher suites by their names of IANA or OpenSSL, best first.')
    .meta({ example: ['TLS_AES_128_GCM_SHA256', 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256'] }),
  excludedCipherSuites: textList()
    .optional()
    .describe('Cipher suites that are refused. `.*` in a name matches any text.')
    .meta({ example: ['TLS_RSA_.*'] }),
  crlPath: plainText()
    .optional()
    .describe('Revoked certificates of clients: a list of the authority in PEM.'),
}

const h2Keys = {
  maxConcurrentStreams: wholeNumber(1, 100_000)
    .optional()
    .describe('Largest number of streams on one connection of HTTP/2. Default: 1024.')
    .meta({ example: '1024' }),
  initialStreamRecvWindow: byteSize(1024, 1_048_576)
    .optional()
    .describe('Bytes that a client may send on a stream of HTTP/2 at once. Default: 65535.')
    .meta({ example: '65535' }),
}

const DEFAULT_SOCKET = '/tmp/dropwizard.sock'
/** The owner and the group may connect. */
const DEFAULT_MODE = 0o660

/** Keys of a Unix socket; `mode` is ours. */
const socketKeys = {
  path: socketPath()
    .optional()
    .describe(`Path of the socket of type unix-socket. Default: ${DEFAULT_SOCKET}.`)
    .meta({ example: '/run/sse-proxy/clients.sock' }),
  mode: fileMode()
    .optional()
    .describe(
      'Permissions of that file, whatever the umask: who may write to it can connect. Default: 660.',
    )
    .meta({ example: '660' }),
}

/** The Unix socket of a connector; undefined = it is none. */
export function socketOf({
  type,
  path = DEFAULT_SOCKET,
  mode = DEFAULT_MODE,
}: Pick<FileConnector, 'type' | 'path' | 'mode'>): UnixSocket | undefined {
  return type === 'unix-socket' ? { path, mode } : undefined
}

/** One connector. */
export const connector = z
  .strictObject({
    ...ignoring(DROPWIZARD_KEYS.connector),
    type: oneOf(...CONNECTOR_TYPES)
      .default('http')
      .describe(
        'Protocol. h2 is TLS with HTTP/2 and HTTP/1.1; h2c is the same without TLS. unix-socket is ' +
          'HTTP/1.1 at a file of this host.',
      ),
    port: wholeNumber(0, 65_535).optional().meta({
      description: 'Port. 0 = any free one. Required, except for unix-socket.',
      example: '9080',
    }),
    bindHost: bindHost()
      .default(DEFAULT_HOST)
      .describe('Address to listen on. 0.0.0.0 or "::" = all addresses.'),
    ...socketKeys,
    ...connectorSettings,
    ...h2Keys,
    ...tlsKeys,
  })
  .refine(({ type, port }) => type === 'unix-socket' || port !== undefined, {
    path: ['port'],
    message: 'a whole number from 0 to 65535',
    // Also beside other mistakes, unless the port has one itself.
    when: ({ issues }) => !issues.some(({ path }) => path?.[0] === 'port'),
  })
  .superRefine(refuseMisplacedKeys)

/** A connector in the file. */
export type FileConnector = z.output<typeof connector>

/** A list of connectors; default: one of type http with this port. */
export const connectors = (port: number) =>
  z
    .array(connector, 'a list of connectors')
    .min(1, 'at least one connector')
    .prefault([{ type: 'http', port: String(port), bindHost: DEFAULT_HOST }])

/** Keys of TLS or HTTP/2 on a connector without it would be ignored silently. */
function refuseMisplacedKeys(
  value: Readonly<Record<string, unknown>> & { readonly type: (typeof CONNECTOR_TYPES)[number] },
  context: z.RefinementCtx,
): void {
  const { type } = value
  if (isSecure(type) && value['keyStorePath'] === undefined) {
    const message = 'a file with a certificate and its private key'
    context.addIssue({ code: 'custom', path: ['keyStorePath'], message })
  }
  const refuse = (keys: object, what: string): void => {
    for (const key of Object.keys(keys)) {
      if (value[key] === undefined || value[key] === false) continue
      const message = `no such key for a connector of type ${type}, which has no ${what}`
      context.addIssue({ code: 'custom', path: [key], message })
    }
  }
  if (!isSecure(type)) refuse(tlsKeys, 'TLS')
  if (!speaksH2(type)) refuse(h2Keys, 'HTTP/2')
  if (type === 'unix-socket') refuse({ port: true }, 'port: it has a path')
  else refuse(socketKeys, 'Unix socket')
}
