import type { Rig } from '../../../rig/rig.ts'
import { randomStream } from './random-streams.ts'
import { forBoth, forGateway, type StreamCheck } from '../../stream-check.ts'
import { BYTES_CASES } from './bytes-cases.ts'

const MEBIBYTE = 1024 * 1024
const SEEDS = [1, 2, 3]
const BLOCKS_PER_SEED = 100

async function partsOfCharacters(t: Rig): Promise<void> {
  const stream = await t.stream()
  const bytes = Buffer.from('𝄞')
  for (let at = 1; at < bytes.length; at += 1) {
    // The client has the event before it, so the target has read the half character that follows.
    await stream.writeAndYield(
      Buffer.concat([Buffer.from(`data: sync ${at}\n\ndata: <`), bytes.subarray(0, at)]),
    )
    stream.write(Buffer.concat([bytes.subarray(at), Buffer.from('>\n\n')]))
  }
  await stream.delivers('data: after\n\n')
}

async function splitLineEnds(t: Rig): Promise<void> {
  const stream = await t.stream()
  for (const number of [1, 2, 3]) {
    // The client has the event before it, so the target has read the CR. The LF comes separately.
    await stream.writeAndYield(`data: sync ${number}\r\n\r\ndata: split ${number}\r`)
    stream.write('\ndata: same event\r\n\r\n')
  }
  await stream.delivers('data: after\r\n\r\n')
}

async function unfinished(t: Rig): Promise<void> {
  const stream = await t.stream()
  await stream.writeAndYield('data: whole\n\n')
  const partial = 'id: 77\ndata: cut off'
  if (t.role === 'gateway') {
    await stream.delivers(partial)
    return
  }
  stream.upstream.write(partial)
  const next = await t.renewUpstream(t.backend)
  next.write('data: next\n\n')
  await t.requireEventually(
    () => stream.received.length >= 2 || stream.client.closed,
    'the event after the cut did not arrive',
  )
  t.expect(!stream.client.closed, 'the client lost its stream when the back end ended its own')
  const came = stream.received[1]?.data.toString()
  t.expect(
    came === 'next',
    `after a cut event the client got ${JSON.stringify(came)} instead of the next whole one`,
  )
}

/** Clients read the bytes that a back end wrote. */
export const BYTES_CHECKS: readonly StreamCheck[] = [
  ...BYTES_CASES.map(
    ({ name, title, source, kills, bytes, level = 'must', first = false, decodes = false }) =>
      forBoth({
        id: `bytes.${name}`,
        title,
        level,
        basis: 'standard',
        source,
        meaning: 'Clients see different events than the back end sent.',
        kills,
        async run(t) {
          const stream = await t.stream({ newUpstream: first, marked: !first })
          await stream.delivers(bytes, decodes)
        },
      }),
  ),
  forBoth({
    id: 'bytes.crlf-split',
    title: 'CR and LF that arrive separately are one line end',
    level: 'must',
    basis: 'standard',
    source: '[sse §9.2.6]',
    meaning: 'An event is split when a packet ends inside it.',
    kills: ['crlf-seam-doubler', 'lone-cr-eater'],
    run: splitLineEnds,
  }),
  forBoth({
    id: 'bytes.utf8-split',
    title: 'A UTF-8 character whose bytes arrive separately stays whole',
    level: 'must',
    basis: 'standard',
    source: '[sse §9.2.5]',
    meaning: 'Text is damaged when a packet ends inside a character.',
    kills: ['decode-encode-per-chunk'],
    run: partsOfCharacters,
  }),
  forBoth({
    id: 'bytes.eof-partial',
    title: 'An event that the end of the upstream cuts off is never dispatched',
    level: 'must',
    basis: 'standard',
    source: '[sse §9.2.6] [protocol §4.7]',
    meaning: 'Clients act on half an event.',
    kills: ['final-newline-adder'],
    run: unfinished,
  }),
  forBoth({
    id: 'bytes.long-line-1m',
    title: 'A line of 1 MiB is forwarded',
    level: 'must',
    source: '[sse §9.2.5]',
    meaning: 'Large events vanish or break the stream.',
    cost: 'slow',
    kills: ['line-limit-64k'],
    async run(t) {
      const stream = await t.stream()
      await stream.delivers(`data: ${'0123456789abcdef'.repeat(MEBIBYTE / 16)}\n\ndata: after\n\n`)
    },
  }),
  forBoth({
    id: 'bytes.long-line-8m',
    title: 'A line of 8 MiB is forwarded',
    level: 'should',
    source: '[sse §9.2.5]',
    meaning: 'The largest events vanish or break the stream.',
    cost: 'slow',
    kills: ['line-limit-64k'],
    async run(t) {
      const stream = await t.stream()
      const line = '0123456789abcdef'.repeat((8 * MEBIBYTE) / 16)
      await stream.delivers(`data: ${line}\n\ndata: after\n\n`)
    },
  }),
  forBoth({
    id: 'bytes.random',
    title: 'Three hundred random blocks keep their meaning when split anywhere',
    level: 'must',
    basis: 'standard',
    source: '[sse §9.2.5] [sse §9.2.6]',
    meaning: 'Clients sometimes see different events than the back end sent.',
    cost: 'slow',
    // The blocks hold a URL and ids of a back end. A target may announce that URL again after an
    // outage in a later check, which would take it for a repeated event.
    freshTarget: true,
    isBroad: true,
    kills: ['data-joiner', 'trimmer', 'line-reassembler', 'cr-is-data'],
    async run(t) {
      for (const seed of SEEDS) {
        const stream = await t.stream()
        const [last, ...pieces] = randomStream(seed, BLOCKS_PER_SEED).toReversed()
        for (const piece of pieces.toReversed()) {
          stream.write(piece)
          await t.pause(1)
        }
        await stream.delivers(last ?? '')
      }
    },
  }),
  forBoth({
    id: 'bytes.many-10k',
    title: 'All of ten thousand events arrive in order',
    level: 'must',
    source: '[sse §9.2.6] [protocol §5.3]',
    meaning: 'Bursts lose, repeat or reorder events.',
    cost: 'slow',
    kills: ['drop-on-full-queue', 'reorder-two', 'ring-drops-in-burst'],
    async run(t) {
      const stream = await t.stream()
      for (let block = 0; block < 99; block += 1) {
        stream.write(Array.from({ length: 100 }, (_, i) => `data: ${block * 100 + i}\n\n`).join(''))
      }
      await stream.delivers(Array.from({ length: 100 }, (_, i) => `data: ${9900 + i}\n\n`).join(''))
    },
  }),
  forGateway({
    id: 'bytes.comments',
    title: 'Comment lines are forwarded',
    level: 'must',
    source: '[sse §9.2.7]',
    meaning: "The back end's heartbeats do not reach clients, whose connections then look dead.",
    kills: ['comment-stripper'],
    async run(t) {
      const stream = await t.stream()
      await stream.delivers(': a\n:\n\ndata: x\n:b\n\n:::\n\n')
    },
  }),
  forGateway({
    id: 'bytes.no-injection',
    title: 'Nothing is added to the stream',
    level: 'must',
    basis: 'standard',
    source: '[http §7.7]',
    meaning: 'Clients read content that no back end sent.',
    kills: ['footer-injector', 'banner-injector', 'heartbeat-injector'],
    async run(t) {
      const stream = await t.stream()
      await stream.writeAndYield('data: before\n\n')
      await stream.delivers('data: after\n\n')
    },
  }),
]
