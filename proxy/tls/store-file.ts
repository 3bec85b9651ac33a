import { readBoundedFile, UnreadableFile } from '../config/bounded-file.ts'
import { TlsMistake } from './tls-mistake.ts'

/** What a file of keys or certificates holds, by its first bytes. */
type StoreKind = 'PEM' | 'PKCS12' | 'JKS' | 'JCEKS' | 'unknown'

export interface StoreFile {
  readonly path: string
  readonly kind: StoreKind
  readonly bytes: Buffer
}

const MAX_BYTES = 1_048_576
/** The first bytes of the formats that only Java reads. */
const JAVA_MAGIC: Readonly<Record<string, StoreKind>> = { feedfeed: 'JKS', cececece: 'JCEKS' }
/** [X.690 §8.9] A PKCS12 file is one sequence. */
const SEQUENCE = 0x30

/** Reads a file that the setting `key` names. Throws `TlsMistake`. */
export function readStoreFile(key: string, path: string): StoreFile {
  try {
    const bytes = readBoundedFile(path, MAX_BYTES)
    return { path, kind: kindOf(bytes), bytes }
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error
    throw new TlsMistake(key, `the file cannot be read: ${error.message}`, { cause: error })
  }
}

function kindOf(bytes: Buffer): StoreKind {
  const java = JAVA_MAGIC[bytes.toString('hex', 0, 4)]
  if (java !== undefined) return java
  if (bytes.includes('-----BEGIN ')) return 'PEM'
  return bytes[0] === SEQUENCE ? 'PKCS12' : 'unknown'
}

/** The command that converts a key store which only Java reads. It asks for the passwords. */
export function keytoolLine(path: string, kind: string): string {
  const target = `${withoutSuffix(path)}.p12`
  return (
    `keytool -importkeystore -srckeystore ${quoted(path)} -srcstoretype ${kind} ` +
    `-destkeystore ${quoted(target)} -deststoretype PKCS12`
  )
}

/** The command that writes the certificates of a trust store as PEM. */
export function trustToPemLine({ path, kind }: StoreFile): string {
  const target = `${withoutSuffix(path)}.pem`
  return kind === 'PKCS12'
    ? `openssl pkcs12 -in ${quoted(path)} -nokeys -out ${quoted(target)}`
    : `keytool -list -rfc -keystore ${quoted(path)} -storetype ${kind} > ${quoted(target)}`
}

function withoutSuffix(path: string): string {
  return path.replace(/\.(?:jks|jceks|keystore|truststore|ks|p12|pfx|pkcs12)$/i, '')
}

/** As one word of a shell. */
function quoted(path: string): string {
  return /^[\w./@%+=:,-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`
}
