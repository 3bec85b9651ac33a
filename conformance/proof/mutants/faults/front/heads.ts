import type { Framing } from '../../http/body.ts'
import type { FrontFaults, HeadFaults } from '../../http/front-faults.ts'
import { fieldValue, withField, type RequestHead } from '../../http/head.ts'
import type { Fault } from '../fault.ts'

/** Faults in parsing requests: too lenient or too strict. */
export const HEAD_FAULTS: readonly Fault<FrontFaults>[] = [
  reading('default-host', 'accepts a request without Host', { text: withHost }),
  reading('first-host', 'accepts two Host fields and uses the first', { text: onlyFirstHost }),
  reading('any-host', 'accepts any text as a host name', { anyHost: true }),
  reading('lenient-colon', 'accepts white space between name and colon', {
    text: (text) => text.replaceAll(/[ \t]+:/g, ':'),
  }),
  reading('any-version', 'accepts every HTTP version', {
    text: (text) => text.replace(/ HTTP\/\d\.\d(?=\r\n|$)/, ' HTTP/1.1'),
  }),
  reading('lenient-request-line', 'uses the first and the last word of a request line', {
    text: (text) => text.replace(/^(\S+ \S+)[^\r]*( HTTP\/1\.1)/, '$1$2'),
  }),
  reading('no-leading-crlf', 'rejects an empty line before a request', {
    noLeadingCrlf: 'each',
  }),
  reading('no-leading-crlf-again', 'rejects an empty line before a later request', {
    noLeadingCrlf: 'later',
  }),
  reading('page-with-refusal', 'sends a page with each refusal, also in reply to HEAD', {
    refusalPage: '<h1>Bad Request</h1>',
  }),
  reading('skips-malformed', 'skips malformed header lines', { text: onlyFields }),
  reading('pass-nul', 'accepts NUL in a field value', {
    text: (text) => text.replaceAll('\0', '?'),
  }),
  reading('cr-as-eol', 'treats a bare CR as a line end', {
    text: (text) => text.replaceAll(/\r(?!\n)/g, '\r\n'),
  }),
  reading('cl-wins', 'prefers Content-Length to Transfer-Encoding', {
    framing: (request) => sized(request, /^(\d+)/),
  }),
  {
    name: 'te-on-10',
    description: 'accepts chunked HTTP/1.0 requests, and keeps their connections',
    points: () => ({
      heads: {
        framing: (request) => (request.version === '1.0' ? chunkedIfNamed(request) : undefined),
      },
      response: (head, { version }) =>
        version === '1.0' ? withField(head, 'Connection', 'keep-alive') : head,
    }),
  },
  reading('te-contains-chunked', 'accepts every transfer coding that mentions chunked', {
    framing: chunkedIfNamed,
  }),
  reading('last-cl', 'uses the last of several lengths', {
    framing: (request) => sized(request, /(\d+)$/),
  }),
  reading('atoi-cl', 'uses the leading digits of a length', {
    framing: (request) => sized(request, /^[+ ]*(\d+)/),
  }),
  reading('no-head-limit', 'reads heads of any size', { maxBytes: 1024 * 1024 * 1024 }),
  reading('whole-head-in-one-read', 'treats the first read as the whole head', { inOneRead: true }),
  reading('ends-on-extra-bytes', 'ends a stream when its client sends more bytes', {
    onExtraBytes: 'close',
  }),
  reading('silent-after-extra-bytes', 'sends nothing more when its client sends more bytes', {
    onExtraBytes: 'silence',
  }),
  reading('closes-on-bad-request', 'ends the connection instead of a refusal', {
    closesOnRefusal: true,
  }),
  reading('answers-meanwhile', 'answers further requests while the stream is open', {
    answersMeanwhile: true,
  }),
  reading('origin-form-only', 'rejects request targets with scheme and host', {
    text: refusing(/^\S+ \w+:\/\//),
  }),
  reading('target-at-most-2k', 'rejects request targets over 2048 bytes', {
    text: refusing(/^\S+ \S{2049}/),
  }),
]

/** Faults that only checks of concentrators detect. */
export const CONCENTRATOR_HEAD_FAULTS: readonly Fault<FrontFaults>[] = [
  reading('ignore-get-body', 'parses the body of a request as the next request', {
    framing: () => ({ kind: 'none' }),
  }),
  reading('no-head-timeout', 'never times out an incomplete request head', {
    timeoutMs: 3_600_000,
  }),
]

function reading(name: string, description: string, heads: HeadFaults): Fault<FrontFaults> {
  return { name, description, points: () => ({ heads }) }
}

/** Makes matching heads unreadable. */
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
