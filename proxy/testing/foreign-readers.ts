import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'

import { readResponse } from '../backend/back-end-response.ts'
import { CookieJar } from '../backend/cookie-jar.ts'
import { readChain } from '../backend/proxy-chain.ts'
import { readRedirect } from '../backend/redirect.ts'
import { whyNotSendable } from '../backend/request-fields.ts'
import { ProxyError } from '../errors.ts'
import { OwnIds, UpstreamIds } from '../fanout/event-ids.ts'
import { FrameLog } from '../fanout/frame-log.ts'
import { AnnouncedUrls } from '../fanout/announced-urls.ts'
import { Cors } from '../front/cors.ts'
import { HeadScanner } from '../front/head-scanner.ts'
import { isHostField } from '../front/host-field.ts'
import { TextPattern } from '../text-pattern.ts'
import { lastEventIdOf, readStreamRequest } from '../front/stream-request.ts'
import { escapeControls } from '../log/log-event.ts'
import { redact } from '../redact.ts'
import { decodeChunks, encodeChunk } from '../sse/chunk.ts'
import { readFrame } from '../sse/frame.ts'
import { FrameSplitter } from '../sse/frame-splitter.ts'
import { readEvent } from '../verify/capture-event.ts'
import { StreamLedger } from '../verify/stream-ledger.ts'
import { CONFIGURATION_READERS } from './configuration-readers.ts'
import { PEER_READERS } from './peer-readers.ts'
import { type ForeignReader, PUMPS } from './time-growth.ts'

const WITHOUT_LIMIT = 1e9
const MARK = '\u0001'
const PLAIN: ForeignReader['contexts'] = [
  ['', ''],
  ['', MARK],
]

/**
 * All readers of foreign bytes: heads, ids, origins, events, responses of back ends, configuration.
 * Add each new reader here. Regular expressions are found in the sources automatically.
 */
export const FOREIGN_READERS: readonly ForeignReader[] = [
  {
    name: 'text in a log line',
    read: escapeControls,
    contexts: [['', '']],
    pumps: [...PUMPS, '\u001b[', '\u2028'],
  },
  {
    name: 'head of a request for the stream',
    read: (text) => readStreamRequest(Buffer.from(text, 'latin1'), WITHOUT_LIMIT),
    contexts: [
      ['GET /', ' HTTP/1.1\r\nHost: a\r\n\r\n'],
      ['GET /?', ' HTTP/1.1\r\nHost: a\r\n\r\n'],
      ['GET / HTTP/1.1\r\nHost: a\r\nA:', '\u0001\r\n\r\n'],
      ['GET / HTTP/1.1\r\nHost: a\r\nA: x', 'x\r\n\r\n'],
      ['GET / HTTP/1.1\r\nHost: a\r\n', ': x\r\n\r\n'],
      ['GET / HTTP/1.1\r\nHost: a', '\r\n\r\n'],
      ['GET / HTTP/1.1\r\nHost: a\r\nLast-Event-ID: x', 'x\r\n\r\n'],
      ['GET / HTTP/1.1\r\nHost: a\r\nOrigin: x', 'x\r\n\r\n'],
    ],
  },
  {
    name: 'many fields of a request',
    read: (text) => readStreamRequest(Buffer.from(text, 'latin1'), WITHOUT_LIMIT),
    contexts: [['GET / HTTP/1.1\r\nHost: a\r\n', '\r\n']],
    pumps: ['a:\r\n', 'a:   \r\n', 'accept: b\r\n', 'a: b \t \r\n'],
  },
  {
    name: 'end of a head in one piece',
    read: (text) => new HeadScanner().scan(Buffer.from(text, 'latin1')),
    contexts: [...PLAIN, ['GET / HTTP/1.1\r\n', '']],
  },
  {
    name: 'end of a head that comes byte by byte',
    read: (text) => {
      const scanner = new HeadScanner()
      const bytes = Buffer.from(text, 'latin1')
      for (let at = 0; at < bytes.length; at += 1) scanner.scan(bytes.subarray(at, at + 1))
    },
    contexts: [['GET /', '']],
  },
  ...PEER_READERS,
  { name: 'Host field', read: isHostField, contexts: [...PLAIN, ['[', ']'], ['a:', MARK]] },
  {
    name: 'last event id',
    read: (text) => lastEventIdOf(`/?${text}`, undefined) ?? lastEventIdOf('/', text),
    contexts: [...PLAIN, ['lastEventId', ''], ['lastEventId=', '']],
  },
  {
    name: 'origin against a pattern with many stars',
    read: (text) => ORIGIN_PATTERN.matches(text),
    contexts: [...PLAIN, ['https://', '.example'], ['https://', '.examplf']],
  },
  {
    name: 'CORS fields of an answer',
    read: (text) => CORS.fieldsFor(text),
    contexts: [...PLAIN, ['https://', '.example']],
  },
  {
    name: 'preflight',
    read: (text) =>
      CORS.fieldsForPreflight({ origin: 'https://a.b.c.d.example', method: 'GET', headers: text }),
    contexts: PLAIN,
  },
  {
    name: 'stream of a back end in one piece',
    read: (text) => split(Buffer.from(text), Number.POSITIVE_INFINITY),
    contexts: [...PLAIN, ['data: x', '\n\n'], ['\ufeff', '']],
    pumps: ['a', '\r', '\n', '\r\n', ':\n', ':', 'a\n', 'a\r', 'a\n\n', 'a\r\n\r\n', 'id\n'],
  },
  {
    name: 'stream of a back end in pieces of one byte',
    read: (text) => split(Buffer.from(text), 1),
    contexts: PLAIN,
    pumps: ['a', '\r', '\n', '\r\n', ':\n', 'a\n', 'a\n\n'],
  },
  {
    name: 'event of a capture',
    read: (text) => new StreamLedger().note(readEvent(Buffer.from(text))),
    contexts: [
      ['', '\n\n'],
      ['id: ', '-1\ndata: x\n\n'],
      ['event: x\ndata', '\n\n'],
    ],
    pumps: [...PUMPS, ': ', '-', '\r'],
  },
  {
    name: 'frame',
    read: (text) => {
      readFrame(Buffer.from(text), { maxIdBytes: undefined })
      readFrame(Buffer.from(text), { maxIdBytes: 1024 })
    },
    contexts: [
      ['', '\n\n'],
      ['id: ', '\n\n'],
      ['retry: ', 'x\n\n'],
      ['data: http://', '\n\n'],
    ],
    pumps: [
      'a',
      '0',
      ' ',
      '\r',
      '\n',
      '\r\n',
      ':\n',
      'id\n',
      'id: \r',
      'retry:1\n',
      'data\n',
      '\0',
    ],
  },
  {
    name: 'chunks of another process',
    read: (text) => {
      const chunk = encodeChunk(text.slice(0, 10))
      decodeChunks(Buffer.concat(Array.from({ length: text.length / 10 }, () => chunk)))
    },
    contexts: [['', '']],
    pumps: ['a'],
  },
  {
    name: 'id of a client',
    read: (text) => OWN_IDS.numberOf(text),
    contexts: [...PLAIN, ['epoch-', ''], ['epoch-1', MARK]],
  },
  {
    name: 'frames with ids of the back end, more than the log holds',
    read: (text) => {
      const limits = { maxFrames: 10_000, maxBytes: WITHOUT_LIMIT, maxAgeMs: WITHOUT_LIMIT }
      const log = new FrameLog({ limits, ids: new UpstreamIds() })
      const frames = Math.ceil(text.length / 2)
      for (let number = 0; number < frames; number += 1) {
        const bytes = Buffer.from(`id: ${number}\ndata\n\n`)
        log.append({ bytes, id: String(number), url: undefined }, 0)
        log.trim(0)
      }
      log.locate(text)
    },
    contexts: [['', '']],
    pumps: ['a'],
  },
  {
    name: 'more change log URLs than are remembered',
    read: (text) => {
      const urls = new AnnouncedUrls(10_000)
      for (let number = 0; number < text.length; number += 1) urls.add(`http://${number}`, 0)
    },
    contexts: [['', '']],
    pumps: ['a'],
  },
  {
    name: 'answer of a back end',
    read: (text) => {
      readResponse(answer(200, { 'content-type': text }), 0)
      const event = { 'content-type': 'text/event-stream' }
      readResponse(answer(200, { ...event, 'content-encoding': text }), 0)
      readResponse(answer(200, { ...event, 'transfer-encoding': text }), 0)
      readResponse(answer(503, { 'retry-after': text }), 0)
    },
    contexts: [...PLAIN, ['text/event-stream', MARK]],
  },
  {
    name: 'cookies of a back end',
    read: (text) => {
      const jar = new CookieJar()
      jar.keep(BACK_END, [text, `a=b; ${text}`], 0)
      jar.fieldFor(BACK_END, 0)
    },
    contexts: [...PLAIN, ['max-age=', MARK], ['expires=', '']],
  },
  {
    name: 'many cookies of a back end',
    read: (text) => {
      const jar = new CookieJar()
      const fields = Array.from({ length: text.length / 4 }, (_, index) => `${index}=b`)
      jar.keep(BACK_END, fields, 0)
      jar.fieldFor(BACK_END, 0)
    },
    contexts: [['', '']],
    pumps: ['a'],
  },
  { name: 'chain of proxies', read: (text) => readChain(text), contexts: PLAIN },
  {
    name: 'id of a back end',
    read: (text) => whyNotSendable(text, WITHOUT_LIMIT),
    contexts: PLAIN,
  },
  {
    name: 'redirect of a back end',
    read: (text) => {
      const source = { target: BACK_END, from: BACK_END, address: '127.0.0.1', allowed: ['*'] }
      try {
        readRedirect(text, source)
      } catch (error) {
        if (!(error instanceof ProxyError)) throw error
      }
    },
    contexts: [
      ...PLAIN,
      ['http://', ''],
      ['http://u:', '@a/'],
      ['http://a/', ''],
      ['http://[', ']'],
    ],
  },
  {
    name: 'text with secrets',
    read: redact,
    contexts: [
      ...PLAIN,
      ['http://a', ''],
      ['http://a?', ''],
      ['?', '='],
      ['cookie', ''],
      ['Basic', ''],
    ],
    pumps: [...PUMPS, 'http:', 'http://', '?a=b', '&a=', '@', 'cookie', 'cookie: ', 'Basic '],
  },
  ...CONFIGURATION_READERS,
]

const NO_SOCKET = new Socket()
const BACK_END = new URL('http://a.example/sse')
const OWN_IDS = new OwnIds('epoch')
const ORIGIN_PATTERN = new TextPattern('https://*a*aa*b*-*.example')
const CORS = new Cors({
  allowedOrigins: ['https://*.*.*.*.example'],
  allowedHeaders: ['Accept'],
  allowedMethods: ['GET'],
  exposedHeaders: [],
  allowCredentials: true,
  preflightMaxAge: 0,
  chainPreflight: true,
})

function split(bytes: Buffer, pieceBytes: number): void {
  const splitter = new FrameSplitter({ maxFrameBytes: WITHOUT_LIMIT })
  const size = Math.min(pieceBytes, bytes.length)
  for (let at = 0; at < bytes.length; at += size) {
    splitter.push(bytes.subarray(at, at + size), ignore)
  }
}

function ignore(): void {}

/** A response as `node:http` creates it, but with fields of any length. */
function answer(statusCode: number, headers: Record<string, string>): IncomingMessage {
  const message = new IncomingMessage(NO_SOCKET)
  message.statusCode = statusCode
  message.headers = headers
  return message
}
