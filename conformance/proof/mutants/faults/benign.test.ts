import { expect, test } from 'vitest'

import { EventLog } from '../concentrator/event-log.ts'
import { fieldValue } from '../http/head.ts'
import { EventRing } from '../ring/event-ring.ts'
import { REQUEST, RESPONSE } from '../testing/run-stage.ts'
import { CONCENTRATOR_BENIGN_VARIANTS } from './concentrator/benign.ts'
import { GATEWAY_BENIGN_VARIANTS } from './gateway/benign.ts'
import { BENIGN_VARIANTS } from './front/benign.ts'

// Every check passes on these variants, so only this test detects a variant without any difference.

function frontFaults(name: string) {
  const variant = BENIGN_VARIANTS.find((candidate) => candidate.name === name)
  if (variant === undefined) throw new Error(`there is no benign variant ${name}`)
  return variant.points()
}

function gatewayFaults(name: string) {
  const variant = GATEWAY_BENIGN_VARIANTS.find((candidate) => candidate.name === name)
  if (variant === undefined) throw new Error(`there is no benign variant ${name}`)
  return variant.points()
}

function asking(accept: string) {
  return { ...REQUEST, fields: [['Accept', accept] as const] }
}

function concentratorFaults(name: string) {
  const variant = CONCENTRATOR_BENIGN_VARIANTS.find((candidate) => candidate.name === name)
  if (variant === undefined) throw new Error(`there is no benign variant ${name}`)
  return variant.points()
}

const CHUNKED = {
  ...RESPONSE,
  fields: [
    ['Content-Type', 'text/event-stream'],
    ['Transfer-Encoding', 'chunked'],
  ] as const,
}

test.each([
  ['chunk-extensions', '0004;note="a"\r\nabcd\r\n'],
  ['splits-every-byte', '1\r\na\r\n1\r\nb\r\n1\r\nc\r\n1\r\nd\r\n'],
  ['rechunk', '4\r\nabcd\r\n'],
])('the benign variant %s writes the same content in other chunks', (name, chunk) => {
  expect(frontFaults(name).chunk?.(Buffer.from('abcd')).toString()).toBe(chunk)
})

test.each([
  ['adds-via', 'via', '1.1 benign'],
  ['own-server-header', 'server', 'benign/1.0'],
  ['close-delimited', 'transfer-encoding', undefined],
  ['close-delimited', 'connection', 'close'],
  ['no-reason-phrase', 'content-type', 'text/event-stream'],
])('the benign variant %s sends %s: %s', (name, field, value) => {
  const head = frontFaults(name).response?.(CHUNKED, REQUEST)
  expect(head && fieldValue(head, field)).toBe(value)
})

test('the benign variants no-reason-phrase and lowercases-header-names change the spelling of a head', () => {
  expect(frontFaults('no-reason-phrase').response?.(CHUNKED, REQUEST).reason).toBe('')
  expect(frontFaults('lowercases-header-names').response?.(CHUNKED, REQUEST).fields).toEqual([
    ['content-type', 'text/event-stream'],
    ['transfer-encoding', 'chunked'],
  ])
})

test.each(['opaque-ids', 'numeric-ids', 'unicode-ids'])(
  'the benign variant %s gives each event its own id',
  (name) => {
    const { id } = concentratorFaults(name).log ?? {}
    const ids = Array.from({ length: 1000 }, (_, at) => id?.(at + 1))
    expect(new Set(ids).size).toBe(1000)
  },
)

test('the benign variant unicode-ids takes an id in a header as UTF-8, and one in a query as text', () => {
  const { id, lastEventId } = concentratorFaults('unicode-ids').log ?? {}
  const given = id?.(7) ?? ''
  const inHeader = Buffer.from(given).toString('latin1')
  const fields = [['Last-Event-ID', inHeader]] as const
  expect(given).toMatch(/^\u2116.*-7$/)
  expect(lastEventId?.(inHeader, { ...REQUEST, fields })).toBe(given)
  expect(lastEventId?.(given, REQUEST)).toBe(given)
})

test('the benign variant log-in-segments keeps more events than its limit, on both references', () => {
  expect(concentratorFaults('log-in-segments').log?.spareFrames).toBe(100)
  const log = new EventLog({ maxFrames: 4, maxBytes: 1000, spareFrames: 4 }, '0')
  const ring = new EventRing(4, { evictsInSegments: true })
  const held = Array.from({ length: 12 }, (_, at) => {
    log.append({ id: `${at + 1}`, backend: 0, bytes: Buffer.from('x') })
    ring.append(0, Buffer.from('x'))
    return [log.all().length, ring.newest - ring.oldest + 1]
  })
  expect(held.map(([first]) => first)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 4, 5, 6, 7])
  expect(held.map(([, second]) => second)).toEqual([1, 2, 3, 4, 5, 6, 7, 4, 5, 6, 7, 4])
  expect([ring.after(ring.idOf(8)), ring.after(ring.idOf(7))]).toEqual([9, undefined])
})

test('the benign concentrator variants divide replays, reset back ends and change the spelling of requests', () => {
  expect(concentratorFaults('replays-in-pieces').member?.piece).toEqual({ frames: 8, everyMs: 200 })
  const { request } = concentratorFaults('lower-case-request').backend ?? {}
  const fields = [['Accept', 'text/event-stream']] as const
  const settings = { url: 'http://127.0.0.1/' }
  expect(request?.({ ...REQUEST, fields }, settings, undefined).fields).toEqual([
    ['accept', 'text/event-stream'],
  ])
  expect(concentratorFaults('resets-back-ends').backend?.resets).toBe(true)
})

test('the benign concentrator variants differ in heartbeats and waits', () => {
  const waitMs = concentratorFaults('reconnects-slowly').backend?.waitMs
  expect([waitMs?.(9, 50), waitMs?.(9, 2000)]).toEqual([900, 2000])
  expect(concentratorFaults('heartbeats-often').member?.heartbeatMs).toBe(50)
  expect(concentratorFaults('blank-line-heartbeats').member?.heartbeat).toBe('\r\n')
})

test('the benign concentrator variants differ in what they take from back ends', () => {
  const [decodes, remembers, interims] = [
    'decodes-gzip',
    'remembers-redirects-while-good',
    'few-interims',
  ].map((name) => concentratorFaults(name).backend)
  const coded = [...RESPONSE.fields, ['Content-Encoding', 'gzip'] as const]
  expect(decodes?.accepts?.({ ...RESPONSE, fields: coded })).toBe(true)
  expect(remembers?.redirectMemory).toBe('until-refused')
  expect([interims?.mostInterim, interims?.interimsEnd]).toEqual([20, true])
  expect(gatewayFaults('refuses-many-interims').interimsEnd).toBe(true)
})

test('the benign variants two-retries-at-once and random-waits keep to a wait that a back end asks for', () => {
  const { waitMs: atOnce } = concentratorFaults('two-retries-at-once').backend ?? {}
  expect([0, 1, 2].map((attempt) => atOnce?.(attempt, 50))).toEqual([1, 1, 200])
  expect(atOnce?.(0, 800)).toBe(800)
  const { waitMs: random } = concentratorFaults('random-waits').backend ?? {}
  const waits = Array.from({ length: 100 }, () => random?.(2, 50) ?? 0)
  expect(Math.min(...waits)).toBeGreaterThanOrEqual(100)
  expect(Math.max(...waits)).toBeLessThanOrEqual(200)
  expect(random?.(0, 800)).toBe(800)
})

test.each([
  ['adds-forwarded', 'forwarded', 'for=127.0.0.1;proto=http'],
  ['host-of-back-end', 'host', 'backend:8080'],
  ['no-compression', 'accept-encoding', 'identity'],
])('the benign gateway %s sends %s: %s to the back end', (name, field, value) => {
  const head = gatewayFaults(name).request?.(REQUEST)
  expect(head && fieldValue(head, field)).toBe(value)
})

test('the benign gateways that change fields join repeated ones, except Set-Cookie, and names', () => {
  const fields = [
    ['X-List', 'a'],
    ['Set-Cookie', 'a=1'],
    ['X-List', 'b'],
    ['Set-Cookie', 'b=2'],
  ] as const
  const request = { ...REQUEST, fields: fields.slice(0, 1) }
  expect(
    gatewayFaults('joins-response-fields').response?.({ ...RESPONSE, fields }, REQUEST).fields,
  ).toEqual([
    ['X-List', 'a, b'],
    ['Set-Cookie', 'a=1'],
    ['Set-Cookie', 'b=2'],
  ])
  const repeated = { ...request, fields: [...request.fields, ['X-List', 'c'] as const] }
  expect(gatewayFaults('joins-request-fields').request?.(repeated).fields).toEqual([
    ['X-List', 'a, c'],
  ])
  const cookies = { ...request, fields: [['Cookie', 'a=1'] as const, ['Cookie', 'b=2'] as const] }
  expect(gatewayFaults('joins-request-fields').request?.(cookies).fields).toEqual([
    ['Cookie', 'a=1; b=2'],
  ])
  expect(gatewayFaults('lowercases-request').request?.(request).fields).toEqual([['x-list', 'a']])
})

test('the benign gateway compresses-each-event compresses unless no-transform forbids it', () => {
  const { response } = gatewayFaults('compresses-each-event')
  const request = { ...REQUEST, fields: [['Accept-Encoding', 'gzip'] as const] }
  const codingOf = (cacheControl: string) =>
    fieldValue(
      response?.({ ...RESPONSE, fields: [['Cache-Control', cacheControl]] }, request) ?? RESPONSE,
      'content-encoding',
    )
  expect([codingOf('no-cache'), codingOf('no-cache, no-transform')]).toEqual(['gzip', undefined])
})

test('the benign gateway caches-as-allowed finds a stored response by URL and by the fields of Vary', () => {
  const { memory } = gatewayFaults('caches-as-allowed')
  const fields = [
    ['Cache-Control', 'max-age=60'],
    ['Vary', 'Accept'],
  ] as const
  const stored = {
    response: { ...RESPONSE, fields },
    content: Buffer.from('x'),
    end: 'complete',
  } as const
  memory?.keep(asking('a'), stored)
  memory?.keep({ ...asking('b'), target: '/cut' }, { ...stored, end: 'cut' })
  expect(memory?.find(asking('a'))).toBe(stored)
  expect(memory?.find(asking('b'))).toBeUndefined()
  expect(memory?.find({ ...asking('b'), target: '/cut' })).toBeUndefined()
})

test('the benign variant short-queue has a shorter accept queue than the default', () => {
  expect(frontFaults('short-queue').queue).toBe(50)
})
