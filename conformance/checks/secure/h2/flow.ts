import { ERROR_CODE, FRAME, SETTING, encodeFrame, encodeSettings } from '../../../wire/h2/frames.ts'
import type { Rig } from '../../../rig/rig.ts'
import { servesOrdinaryRequest } from '../../clients/ordinary-request.ts'
import { forBoth, forGateway, type StreamCheck } from '../../stream-check.ts'
import { openH2, openStream, openTwoStreams, servesHead, type H2Exchange } from './h2-exchange.ts'

const WINDOW_BYTES = 16_384
const SMALL_BYTES = 4000
const LARGE_BYTES = 60_000
const PING = Buffer.from('0123456789abcdef', 'hex')
const UNKNOWN_TYPE = 0xbb
const RESETS = 300
const RESET_BATCH = 50

/** Two streams on one connection. The client no longer enlarges the window of the first. */
async function stalledBesideOpen(
  t: Rig,
): Promise<{ readonly stalled: H2Exchange; readonly open: H2Exchange }> {
  const [stalled, open] = await openTwoStreams(t, WINDOW_BYTES)
  stalled.stream.opensWindow = false
  return { stalled, open }
}

/** Writes an event for both: a concentrator sends it to both anyway. */
function writeToBoth(
  { stalled, open }: { stalled: H2Exchange; open: H2Exchange },
  data: string,
): void {
  for (const upstream of new Set([stalled.upstream, open.upstream]))
    upstream.write(`data: ${data}\n\n`)
}

/** Frames, flow control and resets. */
export const H2_FLOW_CHECKS: readonly StreamCheck[] = [
  forBoth({
    id: 'h2.flow-isolated',
    title:
      'A stream with an exhausted flow-control window does not stall the other streams of its connection',
    level: 'must',
    basis: 'standard',
    source: '[http/2 §5.2]',
    meaning: 'One tab in the background stops all tabs of a browser.',
    needs: ['h2'],
    kills: ['h2-blocked-blocks-all', 'ring-h2-blocked-blocks-all'],
    async run(t) {
      const pair = await stalledBesideOpen(t)
      for (let number = 0; number < 4; number += 1) {
        const data = `${number} ${'x'.repeat(LARGE_BYTES)}`
        writeToBoth(pair, data)
        await pair.open.has(data, ' while the window of another stream was exhausted')
      }
    },
  }),
  forBoth({
    id: 'h2.flow-respected',
    title: 'The target sends no more on a stream than its flow-control window allows',
    level: 'must',
    basis: 'standard',
    source: '[http/2 §6.9.1]',
    meaning: 'Browsers end the connection with an error.',
    needs: ['h2'],
    kills: ['h2-ignores-window', 'ring-h2-ignores-window'],
    async run(t) {
      const pair = await stalledBesideOpen(t)
      const before = pair.stalled.stream.contentBytes
      const data = 'y'.repeat(LARGE_BYTES)
      writeToBoth(pair, data)
      await pair.open.has(data)
      const sent = pair.stalled.stream.contentBytes - before
      t.expect(
        sent <= WINDOW_BYTES,
        `the target sent ${sent} bytes on a stream with a flow-control window of ${WINDOW_BYTES}`,
      )
    },
  }),
  forBoth({
    id: 'h2.flow-resumes',
    title: 'A stream continues without loss after its client enlarges the flow-control window',
    level: 'must',
    basis: 'standard',
    source: '[http/2 §6.9]',
    meaning: 'A tab that was in the background misses changes.',
    needs: ['h2'],
    kills: ['h2-drops-when-full', 'ring-h2-drops-when-full'],
    async run(t) {
      const pair = await stalledBesideOpen(t)
      const { stalled, open } = pair
      const wanted = Array.from(
        { length: 30 },
        (_, number) => `${number} ${'z'.repeat(SMALL_BYTES)}`,
      )
      for (const data of wanted) {
        writeToBoth(pair, data)
        await open.has(data)
      }
      const before = stalled.stream.contentBytes
      stalled.stream.opensWindow = true
      stalled.client.openWindow(stalled.stream.id, WINDOW_BYTES)
      await stalled.has(wanted.at(-1) ?? '', ' after the client had enlarged the window')
      t.expect(stalled.stream.contentBytes > before, 'nothing was held back')
      const came = stalled.stream.events
        .map(({ data }) => data.toString().split(' ')[0] ?? '')
        .filter((number) => /^\d+$/.test(number))
      t.expectRead(
        came,
        wanted.map((data) => data.split(' ')[0] ?? ''),
        'after the client had enlarged the window',
      )
    },
  }),
  forBoth({
    id: 'h2.ping',
    title: 'A PING is answered while a stream is open',
    level: 'must',
    basis: 'standard',
    source: '[http/2 §6.7]',
    meaning: 'Clients that test their connection give it up.',
    needs: ['h2'],
    kills: ['h2-no-ping', 'ring-h2-no-ping'],
    async run(t) {
      const exchange = await openStream(t, await openH2(t))
      exchange.client.ping(PING)
      await t.requireEventually(
        () => exchange.client.pings.length > 0 || exchange.client.closed,
        'a PING was not answered while a stream was open',
      )
      t.expect(
        exchange.client.pings[0] === PING.toString('hex'),
        `the answer to a PING has the content ${exchange.client.pings[0] ?? 'nothing'}`,
      )
      await exchange.arrives('after the ping')
    },
  }),
  forBoth({
    id: 'h2.settings-ack',
    title: 'The settings of a client are acknowledged, also while a stream is open',
    level: 'must',
    basis: 'standard',
    source: '[http/2 §6.5.3]',
    meaning: 'Clients end the connection with SETTINGS_TIMEOUT.',
    needs: ['h2'],
    kills: ['h2-no-settings-ack', 'ring-h2-no-settings-ack'],
    async run(t) {
      const exchange = await openStream(t, await openH2(t))
      await t.requireEventually(
        () => exchange.client.settingsAcked,
        'the settings of the client were not acknowledged',
      )
      const payload = encodeSettings([[SETTING.initialWindow, LARGE_BYTES]])
      exchange.client.send({ type: FRAME.settings, flags: 0, streamId: 0, payload })
      await exchange.arrives('after new settings')
    },
  }),
  forBoth({
    id: 'h2.unknown-frame',
    title: 'A frame of an unknown type is ignored',
    level: 'must',
    basis: 'standard',
    source: '[http/2 §4.1] [http/2 §5.5]',
    meaning: 'Newer browsers lose their connection.',
    needs: ['h2'],
    kills: ['h2-refuses-unknown-frames', 'ring-h2-refuses-unknown-frames'],
    async run(t) {
      const client = await openH2(t)
      const exchange = await openStream(t, client)
      const payload = Buffer.from('grease')
      client.send({ type: UNKNOWN_TYPE, flags: 0xff, streamId: 0, payload })
      client.send({ type: UNKNOWN_TYPE, flags: 0, streamId: exchange.stream.id, payload })
      await exchange.arrives('after unknown frames', ' after frames of an unknown type')
    },
  }),
  forBoth({
    id: 'h2.split-frames',
    title: 'A frame that arrives byte by byte is read',
    level: 'must',
    basis: 'standard',
    source: '[http/2 §4.1]',
    meaning: 'A client is refused when its packets end at an unlucky byte.',
    needs: ['h2'],
    kills: ['h2-frame-in-one-packet', 'ring-h2-frame-in-one-packet'],
    async run(t) {
      const exchange = await openStream(t, await openH2(t))
      const { client } = exchange
      for (const byte of encodeFrame({ type: FRAME.ping, flags: 0, streamId: 0, payload: PING })) {
        client.sendRaw(Buffer.from([byte]))
        await t.pause()
      }
      await t.requireEventually(
        () => client.pings.length > 0 || client.closed,
        'a PING that arrived byte by byte was not answered',
      )
      await exchange.arrives('after split frames', ' after a frame that arrived byte by byte')
    },
  }),
  forBoth({
    id: 'h2.reset-of-one',
    title: 'When a client resets one stream, the other streams of the connection stay open',
    level: 'must',
    basis: 'standard',
    source: '[http/2 §5.4.2] [http/2 §6.4]',
    meaning: 'Closing one tab ends the streams of all tabs.',
    needs: ['h2'],
    kills: ['h2-reset-ends-all', 'ring-h2-reset-ends-all'],
    async run(t) {
      const [kept, left] = await openTwoStreams(t)
      left.client.reset(left.stream)
      await kept.arrives('after a reset', ' after another stream had been reset')
      await servesHead(t, kept.client, 'after a reset')
      await kept.arrives('and again', ' after another stream had been reset')
    },
  }),
  forGateway({
    id: 'h2.reset-leaves',
    title: 'When a client resets a stream, the stream at the back end ends, too',
    level: 'should',
    basis: 'standard',
    source: '[http/2 §5.4.2]',
    meaning: 'Abandoned streams accumulate at the back end.',
    needs: ['h2'],
    kills: ['h2-reset-stays-at-back-end'],
    async run(t) {
      const [kept, left] = await openTwoStreams(t)
      left.client.reset(left.stream)
      await t.requireEventually(
        () => left.upstream.closed,
        'the stream at the back end stays open after its client has reset it',
      )
      await kept.arrives('after a reset')
    },
  }),
  forBoth({
    id: 'h2.go-away',
    title: 'Open streams continue after their client has sent GOAWAY',
    level: 'should',
    basis: 'standard',
    source: '[http/2 §6.8]',
    meaning: 'Streams end before the client wants it.',
    needs: ['h2'],
    kills: ['h2-go-away-ends-streams', 'ring-h2-go-away-ends-streams'],
    async run(t) {
      const exchange = await openStream(t, await openH2(t))
      const payload = Buffer.alloc(8)
      exchange.client.send({ type: FRAME.goAway, flags: 0, streamId: 0, payload })
      await exchange.arrives('after GOAWAY', ' after the client had sent GOAWAY')
      await t.pause()
      await exchange.arrives('and again', ' after the client had sent GOAWAY')
    },
  }),
  forBoth({
    id: 'h2.rapid-reset',
    title: 'Hundreds of requests that are reset immediately do not disturb other clients',
    level: 'must',
    source: '[http/2 §10.5] [protocol §5.15]',
    meaning: 'One client makes the target unavailable for all ("rapid reset").',
    needs: ['h2'],
    cost: 'slow',
    kills: ['h2-reset-keeps-place', 'ring-h2-reset-keeps-place'],
    async run(t) {
      const healthy = await openStream(t, await openH2(t))
      const client = await openH2(t)
      for (let reset = 0; reset < RESETS && !client.closed; reset += RESET_BATCH) {
        for (let one = 0; one < RESET_BATCH; one += 1)
          client.reset(client.request({ path: t.path() }), ERROR_CODE.cancel)
        await healthy.arrives(`after ${reset}`, ' while another client reset its requests')
      }
      client.close()
      const next = await openStream(t, await openH2(t))
      await next.arrives('for a new client', ' after another client had reset its requests')
      await healthy.arrives('for the old client')
    },
  }),
  forBoth({
    id: 'h2.bad-frame',
    title: 'A forbidden frame closes its own connection and no other',
    level: 'should',
    basis: 'standard',
    source: '[http/2 §5.4.1] [http/2 §6.1]',
    meaning: 'Broken clients hold connections open for ever, or end those of others.',
    needs: ['h2'],
    kills: ['h2-ignores-bad-frames', 'ring-h2-ignores-bad-frames'],
    async run(t) {
      const healthy = await openStream(t, await openH2(t))
      const broken = await openStream(t, await openH2(t))
      const payload = Buffer.from('data on no stream')
      broken.client.send({ type: FRAME.data, flags: 0, streamId: 0, payload })
      await t.requireEventually(
        () => broken.client.closed || broken.client.goAway !== undefined,
        'the connection stays open after a DATA frame on stream 0',
      )
      await healthy.arrives('after a bad frame', ' after a forbidden frame on another connection')
      await servesOrdinaryRequest(t)
    },
  }),
]
