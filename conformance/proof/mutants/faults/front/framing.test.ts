import { expect, test } from 'vitest'
import { encodeChunk } from '../../http/body.ts'
import { fieldValue, type RequestHead, type ResponseHead } from '../../http/head.ts'
import { REQUEST } from '../../testing/run-stage.ts'
import { BASE_FAULTS } from './base.ts'
import { BENIGN_VARIANTS } from './benign.ts'
import { FRAMING_FAULTS } from './framing.ts'

const CHUNKED: ResponseHead = {
  status: 200,
  reason: 'OK',
  fields: [
    ['Content-Type', 'text/event-stream'],
    ['Transfer-Encoding', 'chunked'],
  ],
}
const ALL = [...FRAMING_FAULTS, ...BASE_FAULTS, ...BENIGN_VARIANTS]

function points(name: string) {
  const fault = ALL.find((candidate) => candidate.name === name)
  if (fault === undefined) throw new Error(`no fault ${name}`)
  return fault.points()
}

test.each([
  ['bad-chunk-size', '5\r\nabcd\r\n'],
  ['chunk-without-crlf', '4\r\nabcd'],
  ['chunk-extensions', '0004;note="a"\r\nabcd\r\n'],
  ['splits-every-byte', '1\r\na\r\n1\r\nb\r\n1\r\nc\r\n1\r\nd\r\n'],
])('%s writes a chunk its own way', (name, chunk) => {
  expect(points(name).chunk?.(Buffer.from('abcd')).toString()).toBe(chunk)
})

test('dec-chunk-size is wrong from ten bytes on', () => {
  const { chunk } = points('dec-chunk-size')
  expect(chunk?.(Buffer.alloc(9))).toEqual(encodeChunk(Buffer.alloc(9)))
  expect(chunk?.(Buffer.alloc(10)).toString()).toMatch(/^10\r\n/)
})

test('rechunk keeps the bytes and moves the seams', () => {
  const bytes = Buffer.from('å'.repeat(1234))
  const parts = [bytes.subarray(0, 1000), bytes.subarray(1000, 2000), bytes.subarray(2000)]
  expect(points('rechunk').chunk?.(bytes)).toEqual(Buffer.concat(parts.map(encodeChunk)))
})

const HTTP10: RequestHead = { ...REQUEST, version: '1.0' }

test.each<[string, RequestHead, string, string | undefined]>([
  ['adds-cl-0', REQUEST, 'content-length', '0'],
  ['adds-cl-0', REQUEST, 'transfer-encoding', 'chunked'],
  ['cl-guess', REQUEST, 'content-length', '1073741824'],
  ['cl-guess', REQUEST, 'transfer-encoding', undefined],
  ['always-chunk', HTTP10, 'transfer-encoding', 'chunked'],
  ['wrong-content-type', REQUEST, 'content-type', 'application/octet-stream'],
  ['adds-via', REQUEST, 'via', '1.1 benign'],
  ['own-server-header', REQUEST, 'server', 'benign/1.0'],
  ['close-delimited', REQUEST, 'transfer-encoding', undefined],
  ['close-delimited', REQUEST, 'connection', 'close'],
])('%s answers a %o with %s: %s', (name, request, field, value) => {
  const head = points(name).response?.(CHUNKED, request)
  expect(head && fieldValue(head, field)).toBe(value)
})

test('other variants of the head', () => {
  expect(points('status-206').response?.(CHUNKED, REQUEST).status).toBe(206)
  expect(points('no-reason-phrase').response?.(CHUNKED, REQUEST).reason).toBe('')
  const lower = points('lowercases-header-names').response?.(CHUNKED, REQUEST)
  expect(lower?.fields).toEqual([
    ['content-type', 'text/event-stream'],
    ['transfer-encoding', 'chunked'],
  ])
})

test('clients are closed, ignored or kept waiting', () => {
  expect(points('slow-600ms').headDelayMs).toBe(600)
  expect(points('closes-clients').client?.(1, 1)).toBe('close')
  expect(points('ignores-clients').client?.(1, 1)).toBe('ignore')
})
