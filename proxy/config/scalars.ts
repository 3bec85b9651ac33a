import { normalize } from 'node:path'

import { z } from 'zod'

import { readNetwork, UNIX_PEER } from '../front/trusted-proxies.ts'

/** The name of a header field, or a method [http §5.6.2]. */
export const FIELD_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/

/** A whole number in this range, in quotes or not. */
export function wholeNumber(min: number, max: number) {
  const expected = `a whole number from ${min} to ${max}`
  return number(/^-?[0-9]+$/, expected)
    .pipe(z.int(expected).min(min, expected).max(max, expected))
    .meta({ expected: `${min} to ${max}` })
}

/** A number from 0 to 1. */
export function fraction() {
  const expected = 'a number from 0 to 1'
  return number(/^(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)$/, expected)
    .pipe(z.number().min(0, expected).max(1, expected))
    .meta({ expected: '0 to 1' })
}

function number(pattern: RegExp, expected: string) {
  return z.string(expected).regex(pattern, expected).transform(Number)
}

/** One of these words. */
export function oneOf<const Word extends string>(...words: readonly [Word, ...Word[]]) {
  const expected = words.join(', ')
  return z.enum(words, words.length === 1 ? expected : `one of ${expected}`).meta({ expected })
}

/** One of these words, in any case. */
export function oneOfInAnyCase<const Word extends string>(...words: readonly [Word, ...Word[]]) {
  return z
    .preprocess(
      (value) => (typeof value === 'string' ? value.toUpperCase() : value),
      oneOf(...words),
    )
    .meta({ expected: words.join(', ') })
}

const TEXT = 'text (in quotes if it starts with a special character)'

// Characters that would end a header field and start another one.
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u0008\u000a-\u001f\u007f]|\p{Surrogate}/u
const ABOVE_LATIN_1 = /[\u0100-\uffff]/

/** Text without control characters: no line ends, no NUL. */
export function plainText() {
  return z
    .string(TEXT)
    .refine((text) => !CONTROL.test(text), 'text without line ends and control characters')
}

/** Text that is valid in a header field [http §5.5]. Node writes fields as Latin-1. */
export function fieldText() {
  return plainText().refine(
    (text) => !ABOVE_LATIN_1.test(text),
    'characters up to U+00FF, which is what a header field can carry',
  )
}

/** A path of a file, or nothing. */
export function filePath() {
  return plainText().refine(
    (text) => Buffer.byteLength(text) <= 4000 && !text.endsWith('/'),
    'the path of a file, of at most 4000 bytes',
  )
}

/** The system's limit is 107 bytes. The file has a longer name for a moment. */
const LONGEST_SOCKET_PATH = 90

/** The path of a Unix socket, from the root, in the shortest form. */
export function socketPath() {
  const expected = `a path from the root, of at most ${LONGEST_SOCKET_PATH} bytes`
  const isShort = (path: string) => Buffer.byteLength(path) <= LONGEST_SOCKET_PATH
  return plainText()
    .refine((path) => path.startsWith('/') && !path.endsWith('/') && isShort(path), expected)
    .transform((path) => normalize(path))
    .meta({ expected })
}

/** Permissions as `chmod` takes them, for user, group and others. */
export function fileMode() {
  const expected = 'three octal digits such as 660'
  return z
    .string(expected)
    .regex(/^0?[0-7]{3}$/, expected)
    .transform((digits) => Number.parseInt(digits, 8))
    .meta({ expected })
}

/** The name of a header field [http §5.1]. */
export function fieldName() {
  return z.string(TEXT).regex(FIELD_NAME, 'the name of a header field')
}

/** A host name or an address to listen on. */
export function bindHost() {
  return z
    .string(TEXT)
    .regex(
      /^[0-9A-Za-z._:%-]{1,255}$/,
      'a host name or an address without brackets; 0.0.0.0 or "::" means all addresses',
    )
}

/** `true` or `false`, in quotes or not. */
export function flag() {
  const expected = 'true or false'
  return z
    .string(expected)
    .regex(/^(true|false)$/i, expected)
    .transform((text) => text.toLowerCase() === 'true')
    .meta({ expected })
}

/** Names of header fields, methods or hosts, separated by commas as in Jetty's filter. */
export function nameList() {
  const expected = 'names with commas between them'
  return itemList(expected).refine(
    (names) => names.every((name) => FIELD_NAME.test(name)),
    expected,
  )
}

/** Origins, separated by commas. `*` in an origin matches any text. */
export function originList() {
  const expected = 'origins with commas between them'
  return itemList(expected).refine(
    (origins) => origins.every((one) => /^[!-~]+$/.test(one)),
    expected,
  )
}

/** Addresses and networks, and `unix`, separated by commas. */
export function peerList() {
  const expected = 'addresses, networks such as 10.0.0.0/8 and 2001:db8::/32, and unix, with commas'
  return itemList(expected).refine(
    (peers) => peers.every((peer) => peer === UNIX_PEER || readNetwork(peer) !== undefined),
    expected,
  )
}

/** A path of a URL, from its slash on. */
export function urlPath() {
  const expected = 'a path such as /admin'
  return z.string(expected).regex(/^\/[A-Za-z0-9\-._~/]*$/, expected)
}

/** Whether a text is an origin, or `*` for all origins. */
export function isOrigin(text: string): boolean {
  return text === '*' || (URL.canParse(text) && new URL(text).origin === text)
}

/** Names as a list, or separated by commas. */
export function textList() {
  const expected = 'a list of names'
  return z.union([z.array(plainText(), expected), itemList(expected)], expected)
}

function itemList(expected: string) {
  return z.string(expected).transform((text) =>
    text
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== ''),
  )
}
