import { MockServerError } from '../errors.ts'

/** Characters in which a declaration is looked for; it is the first thing in a document. */
const DECLARATION_LENGTH = 200

/**
 * The text of an XML document. Its encoding is what the byte order mark says, else `charset` of the
 * media type, else the XML declaration, else UTF-8. [RFC 7303 §3.2, XML 1.0 §4.3.3] Throws
 * `unsupported-media-type` for an encoding that is not known, `bad-entry` for bytes that are not in
 * the encoding.
 */
export function decodeXml(bytes: Uint8Array, charset?: string): string {
  const encoding = markOf(bytes) ?? charset?.toLowerCase() ?? widthOf(bytes) ?? declared(bytes)
  const decode = decoderOf(encoding)
  try {
    return decode(bytes)
  } catch (error) {
    throw new MockServerError('bad-entry', `the body is not in ${encoding}, its encoding`, {
      cause: error,
    })
  }
}

/** `charset` of a media type. */
export function charsetOf(contentType: string | undefined): string | undefined {
  for (const parameter of contentType?.split(';').slice(1) ?? []) {
    const [name = '', value = ''] = parameter.split('=', 2)
    if (name.trim().toLowerCase() === 'charset') return value.trim().replaceAll('"', '')
  }
  return undefined
}

function markOf([first, second, third]: Uint8Array): string | undefined {
  if (first === 0xef && second === 0xbb && third === 0xbf) return 'utf-8'
  if (first === 0xfe && second === 0xff) return 'utf-16be'
  return first === 0xff && second === 0xfe ? 'utf-16le' : undefined
}

/** UTF-16 without a mark shows by the zeros around the first `<`. [XML 1.0 §F.1] */
function widthOf([first, second]: Uint8Array): string | undefined {
  if (first === 0 && second === 0x3c) return 'utf-16be'
  return first === 0x3c && second === 0 ? 'utf-16le' : undefined
}

function declared(bytes: Uint8Array): string {
  const start = Buffer.from(bytes.subarray(0, DECLARATION_LENGTH)).toString('latin1')
  const name = /^<\?xml [^>]*?encoding\s*=\s*["']([\w.-]+)["']/i.exec(start)?.[1]?.toLowerCase()
  if (name === undefined) return 'utf-8'
  // The declaration could be read byte by byte, so it is not in UTF-16, whatever it says.
  if (!name.startsWith('utf-16') && !name.includes('ucs-2')) return name
  throw new MockServerError('bad-entry', `the body declares ${name}, and is not in it`)
}

function decoderOf(encoding: string): (bytes: Uint8Array) => string {
  // TextDecoder follows browsers, which take these names for windows-1252.
  if (['iso-8859-1', 'iso8859-1', 'iso_8859-1', 'latin1', 'l1'].includes(encoding))
    return (bytes) => Buffer.from(bytes).toString('latin1')
  if (encoding === 'us-ascii' || encoding === 'ascii') return decodeAscii
  // Without a mark the name alone means big endian. [RFC 2781 §4.3]
  const label = encoding === 'utf-16' ? 'utf-16be' : encoding
  try {
    const decoder = new TextDecoder(label, { fatal: true })
    return (bytes) => decoder.decode(bytes)
  } catch (error) {
    throw new MockServerError(
      'unsupported-media-type',
      `encoding: expected UTF-8, UTF-16, ISO-8859-1 or another one that browsers know, got ${encoding}`,
      { cause: error },
    )
  }
}

function decodeAscii(bytes: Uint8Array): string {
  if (bytes.some((byte) => byte > 0x7f)) throw new Error('a byte above 7F')
  return Buffer.from(bytes).toString('latin1')
}
