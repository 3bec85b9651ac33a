import { brotliCompressSync, gzipSync } from 'node:zlib'

import type { OriginExchange } from '../../../origin/origin-exchange.ts'
import type { Rig } from '../../../rig/rig.ts'
import { forConcentrator, type StreamCheck } from '../../stream-check.ts'
import { nextRequest } from './lose-back-end.ts'
import { expectNextEvent } from './next-event.ts'

const REFUSES = 'Back ends that follow the standard are refused or misread.'
const NOT_BACK = 'the target did not reconnect to the back end'
const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n'
const LONG_ID_BYTES = 20_000
/** Many servers refuse a larger request head. */
const MAX_FIELD_BYTES = 8000

/** The back end compresses its stream unasked. */
async function decodesOrRefuses(
  t: Rig,
  coding: string,
  pack: (text: string) => Buffer,
): Promise<string> {
  const stream = await t.stream()
  const encoding = { name: 'Content-Encoding', value: coding }
  const type = { name: 'Content-Type', value: 'text/event-stream' }
  const coded: OriginExchange[] = []
  t.backend.answerWith((upstream) => {
    coded.push(upstream)
    upstream.answer({ fields: [type, encoding] })
    upstream.write(pack('data: packed\n\n'))
  })
  const known = await t.upstreamOf(t.backend)
  known.end()
  known.fin()
  await t.requireEventually(() => coded.length > 0, NOT_BACK, t.reconnectMs)
  const isDecoded = await t.eventually(() => stream.client.hasEvent('packed'))
  const isRefused = (): boolean => coded.length > 1 || t.backend.stream === undefined
  if (!isDecoded) await t.eventually(isRefused, t.reconnectMs)
  t.expect(
    isDecoded || isRefused(),
    'the target stays connected to a compressed stream and forwards no event of it',
  )
  t.backend.resetAnswer()
  const isPlain = (): boolean => t.backend.stream !== undefined && !coded.includes(t.backend.stream)
  if (!isDecoded) await t.requireEventually(isPlain, NOT_BACK, t.reconnectMs)
  const next = isDecoded ? await t.renewUpstream(t.backend) : await t.upstreamOf(t.backend)
  await expectNextEvent(t, stream, next)
  return isDecoded ? 'decoded' : 'refused'
}

/**
 * The back end sends this id, ends its stream, and refuses requests that `refuses` accepts. Requires
 * that the target comes back without such a request.
 */
async function returnsWithoutId(
  t: Rig,
  id: string,
  status: number,
  refuses: (lastEventId: string) => boolean,
): Promise<void> {
  const stream = await t.stream()
  await stream.arrives(`id: ${id}\ndata: 1\n\n`)
  let refused = 0
  t.backend.answerWith((upstream) => {
    if (!refuses(upstream.field('last-event-id') ?? '')) return upstream.answer()
    refused += 1
    upstream.answer({ status, fields: [], framing: { length: 0 } })
    return upstream.fin()
  })
  const known = stream.upstream
  known.end()
  known.fin()
  const isBack = (): boolean => t.backend.stream !== undefined && t.backend.stream !== known
  await t.requireEventually(() => isBack() || refused > 1, NOT_BACK, t.reconnectMs)
  // After one refusal a target may try without the id.
  if (!isBack()) await t.eventually(isBack, t.reconnectMs)
  t.expect(
    isBack(),
    `the target sent an id of ${id.length} bytes back ${refused} times, and was refused with ${status} each time`,
  )
  await expectNextEvent(t, stream, await t.upstreamOf(t.backend))
}

/** Responses that are valid, and where packets cut them. */
export const UP_WIRE_CHECKS: readonly StreamCheck[] = [
  forConcentrator({
    id: 'up.event-with-head',
    title: 'An event that comes in one packet with the response head is forwarded',
    level: 'must',
    basis: 'standard',
    source: '[http/1.1 §6]',
    meaning: 'The first event after each reconnect is lost.',
    kills: ['head-eats-event', 'ring-head-eats-event'],
    async run(t) {
      const stream = await t.stream()
      const request = await nextRequest(t)
      request.answerRaw(`${HEAD}\r\ndata: with the head\n\n`)
      // In a packet of its own.
      await t.eventually(() => stream.client.hasEvent('with the head'), t.holdMs / 4)
      request.write('data: later\n\n')
      await t.requireEventually(
        () => stream.client.hasEvent('later'),
        'the event after it did not reach the client',
      )
      t.expect(
        stream.client.hasEvent('with the head'),
        'the event that came in one packet with the response head is missing',
      )
    },
  }),
  forConcentrator({
    id: 'up.event-with-end',
    title: 'An event that comes in one packet with the end of the stream is forwarded',
    level: 'must',
    basis: 'standard',
    source: '[http/1.1 §7.1]',
    meaning: 'The last event before each end of a back end is lost.',
    kills: ['end-eats-event', 'ring-end-eats-event'],
    async run(t) {
      const stream = await t.stream({ newUpstream: true })
      const frame = 'data: with the end\n\n'
      stream.upstream.writeRaw(Buffer.from(`${frame.length.toString(16)}\r\n${frame}\r\n0\r\n\r\n`))
      const next = await t.renewUpstream(t.backend)
      next.write('data: later\n\n')
      await t.requireEventually(
        () => stream.client.hasEvent('later'),
        'the event after it did not reach the client',
      )
      t.expect(
        stream.client.hasEvent('with the end'),
        'the event that came in one packet with the end of the stream is missing',
      )
    },
  }),
  forConcentrator({
    id: 'up.field-case',
    title: 'The letter case of response field names and of the coding does not matter',
    level: 'must',
    basis: 'standard',
    source: '[http §5.1] [http/1.1 §7]',
    meaning: REFUSES,
    kills: ['ring-capital-fields', 'exact-field-names'],
    async run(t) {
      const stream = await t.stream()
      for (const spell of [lower, upper]) {
        const request = await nextRequest(t)
        const fields = `${spell('Content-Type')}: text/event-stream\r\n${spell('Transfer-Encoding')}: Chunked`
        request.answerRaw(`HTTP/1.1 200 OK\r\n${fields}\r\n\r\n`)
        const data = `fields like ${spell('Content-Type')}`
        const frame = `data: ${data}\n\n`
        request.writeRaw(Buffer.from(`${frame.length.toString(16)}\r\n${frame}\r\n`))
        await t.requireEventually(
          () => stream.client.hasEvent(data),
          `no event came from a back end that spells its fields ${spell('Content-Type')}`,
        )
      }
      // The next check writes in the usual framing.
      await t.renewUpstream(t.backend)
    },
  }),
  forConcentrator({
    id: 'up.chunk-cut',
    title: 'Chunk sizes and line ends that packets cut are read',
    level: 'must',
    basis: 'standard',
    source: '[http/1.1 §7.1]',
    meaning: 'A back end is lost whenever a packet ends at an unlucky byte.',
    kills: ['size-in-one-packet', 'ring-size-in-one-packet'],
    async run(t) {
      const stream = await t.stream({ newUpstream: true })
      const { upstream } = stream
      for (const number of [1, 2, 3]) {
        const frame = `event: e\ndata: number ${number}\n\n`
        const coded = `${frame.length.toString(16)};x=1\r\n${frame}\r\n`
        for (const at of coded) {
          upstream.writeRaw(Buffer.from(at))
          await t.pause()
        }
      }
      await t.requireEventually(
        () => stream.received.length >= 3 || upstream.closed,
        () => `${stream.received.length} of 3 events came from chunks that arrived byte by byte`,
      )
      t.expect(!upstream.closed, 'the target disconnected from a back end whose chunks were cut')
      const came = stream.received.map(({ data }) => data.toString())
      t.expectRead(came, ['number 1', 'number 2', 'number 3'], 'of chunks that were cut')
    },
  }),
  forConcentrator({
    id: 'up.long-id',
    title: 'An id that is too long for a request head does not lose the back end',
    level: 'should',
    source: '[protocol §4.12]',
    meaning: 'The back end refuses each reconnect, because the id makes the request too large.',
    cost: 'slow',
    freshTarget: true,
    kills: ['ring-returns-long-ids', 'returns-any-id'],
    run: (t) =>
      returnsWithoutId(t, 'x'.repeat(LONG_ID_BYTES), 431, ({ length }) => length > MAX_FIELD_BYTES),
  }),
  forConcentrator({
    id: 'up.refused-id',
    title: 'An id that the back end refuses with 400 is not sent back for ever',
    level: 'should',
    source: '[protocol §4.12]',
    meaning: 'The target never reaches the back end again, until it is restarted.',
    cost: 'slow',
    freshTarget: true,
    kills: ['ring-returns-refused-id', 'returns-refused-id'],
    run: (t) => returnsWithoutId(t, t.token(), 400, ({ length }) => length > 0),
  }),
  ...(
    [
      ['coded', 'gzip', gzipSync, ['ring-reads-coded-bytes', 'reads-coded-bytes']],
      ['coded-brotli', 'br', brotliCompressSync, ['ring-reads-brotli', 'reads-brotli']],
    ] as const
  ).map(([name, coding, pack, kills]) =>
    forConcentrator({
      id: `up.${name}`,
      title: `A stream with the coding ${coding}, unasked, is decoded or refused, never read as text`,
      level: 'should',
      basis: 'standard',
      source: '[http §8.4] [protocol §4.11]',
      meaning: 'The target looks connected, and no event ever comes.',
      cost: 'slow',
      kills,
      run: (t) => decodesOrRefuses(t, coding, pack),
    }),
  ),
]

function lower(name: string): string {
  return name.toLowerCase()
}

function upper(name: string): string {
  return name.toUpperCase()
}
