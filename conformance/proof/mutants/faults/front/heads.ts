import type { Framing } from '../../http/body.ts'
import type { FrontFaults, HeadFaults } from '../../http/front-faults.ts'
import { fieldValue, type RequestHead } from '../../http/head.ts'
import type { Fault } from '../fault.ts'

/** Ways to read requests too kindly, or not as they may come. */
export const HEAD_FAULTS: readonly Fault<FrontFaults>[] = [
  reading('default-host', 'does without Host', { text: withHost }),
  reading('first-host', 'takes the first of two Host fields', { text: onlyFirstHost }),
  reading('any-host', 'takes anything for a host name', { anyHost: true }),
  reading('lenient-colon', 'takes white space between name and colon', {
    text: (text) => text.replaceAll(/[ \t]+:/g, ':'),
  }),
  reading('any-version', 'takes every version for its own', {
    text: (text) => text.replace(/ HTTP\/\d\.\d(?=\r\n|$)/, ' HTTP/1.1'),
  }),
  reading('lenient-request-line', 'takes the first word of a request line and its last', {
    text: (text) => text.replace(/^(\S+ \S+)[^\r]*( HTTP\/1\.1)/, '$1$2'),
  }),
  reading('no-leading-crlf', 'takes an empty line before a request for a mistake', {
    noLeadingCrlf: true,
  }),
  reading('skips-malformed', 'skips lines that are no fields', { text: onlyFields }),
  reading('pass-nul', 'takes NUL for any other character', {
    text: (text) => text.replaceAll('\0', '?'),
  }),
  reading('cr-as-eol', 'takes a CR by itself for a line end', {
    text: (text) => text.replaceAll(/\r(?!\n)/g, '\r\n'),
  }),
  reading('cl-wins', 'prefers Content-Length to Transfer-Encoding', {
    framing: (request) => sized(request, /^(\d+)/),
  }),
  reading('te-on-10', 'takes chunked requests of HTTP/1.0', {
    framing: (request) => (request.version === '1.0' ? chunkedIfNamed(request) : undefined),
  }),
  reading('te-contains-chunked', 'takes every coding that mentions chunked', {
    framing: chunkedIfNamed,
  }),
  reading('last-cl', 'takes the last of several lengths', {
    framing: (request) => sized(request, /(\d+)$/),
  }),
  reading('atoi-cl', 'takes a length as far as it looks like a number', {
    framing: (request) => sized(request, /^[+ ]*(\d+)/),
  }),
  reading('no-head-limit', 'reads heads of any size', { maxBytes: 1024 * 1024 * 1024 }),
  reading('whole-head-in-one-read', 'takes the first read for the whole head', { inOneRead: true }),
  reading('answers-meanwhile', 'answers what a client sends while its stream is open', {
    answersMeanwhile: true,
  }),
  reading('origin-form-only', 'refuses targets with scheme and host', {
    text: refusing(/^\S+ \w+:\/\//),
  }),
  reading('target-at-most-2k', 'refuses targets of more than 2048 bytes', {
    text: refusing(/^\S+ \S{2049}/),
  }),
]

/** Those that only concentrators must not have. */
export const CONCENTRATOR_HEAD_FAULTS: readonly Fault<FrontFaults>[] = [
  reading('ignore-get-body', 'takes the body of a request for the next request', {
    framing: () => ({ kind: 'none' }),
  }),
  reading('no-head-timeout', 'waits for ever for the rest of a head', { timeoutMs: 3_600_000 }),
]

function reading(name: string, description: string, heads: HeadFaults): Fault<FrontFaults> {
  return { name, description, points: () => ({ heads }) }
}

/** Makes what matches unreadable. */
function refusing(what: RegExp): (text: string) => string {
  return (text) => (what.test(text) ? '' : text)
}

function withHost(text: string): string {
  return /^host[ \t]*:/im.test(text) ? text : `${text}\r\nHost: default`
}

function onlyFirstHost(text: string): string {
  let hosts = 0
  const lines = text.split('\r\n').filter((line) => {
    hosts += /^host:/i.test(line) ? 1 : 0
    return hosts < 2 || !/^host:/i.test(line)
  })
  return lines.join('\r\n')
}

function onlyFields(text: string): string {
  const [first = '', ...lines] = text.split('\r\n')
  return [first, ...lines.filter((line) => /^[\w-]+:[^\0\r\n]*$/.test(line))].join('\r\n')
}

function sized(request: RequestHead, pattern: RegExp): Framing | undefined {
  const [, bytes] = pattern.exec(fieldValue(request, 'content-length') ?? '') ?? []
  return bytes === undefined ? undefined : { kind: 'length', bytes: Number(bytes) }
}

function chunkedIfNamed(request: RequestHead): Framing | undefined {
  const named = fieldValue(request, 'transfer-encoding')?.toLowerCase().includes('chunked')
  return named === true ? { kind: 'chunked' } : undefined
}
