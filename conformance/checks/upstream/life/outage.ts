import type { Backend } from '../../../rig/backend.ts'
import type { Rig } from '../../../rig/rig.ts'
import { forConcentrator, type StreamCheck } from '../../stream-check.ts'
import { nextRequest } from '../up/lose-back-end.ts'

const STORM = 'A restart of one back end disconnects all clients, which all reconnect at once.'

/** Takes a back end down, runs `meanwhile`, and brings it back. */
async function whileDown(t: Rig, backend: Backend, act: () => Promise<void>): Promise<void> {
  await backend.origin.stopListening()
  backend.origin.resetAll()
  try {
    await t.requireEventually(
      () => backend.origin.connectionCount === 0,
      'the connections of the back end did not end',
    )
    await act()
  } finally {
    await backend.origin.listen()
  }
}

/** A failing back end must not disturb clients or other back ends. */
export const LIFE_OUTAGE_CHECKS: readonly StreamCheck[] = [
  forConcentrator({
    id: 'life.backend-restart',
    title: 'Clients stay connected while a back end restarts and get its next event',
    level: 'should',
    source: '[protocol §5.11] [protocol §4.4]',
    meaning: STORM,
    cost: 'slow',
    freshTarget: true,
    kills: ['ends-clients-with-backend', 'gives-up-backend'],
    async run(t) {
      const stream = await t.stream()
      await stream.arrives('data: before\n\n')
      await whileDown(t, t.backend, () => Promise.resolve())
      const next = await t.upstreamOf(t.backend)
      t.expect(!stream.client.closed, 'the client lost its stream when the back end restarted')
      next.write('data: after\n\n')
      await t.requireEventually(
        () => stream.received.length >= 2,
        'the event after the restart did not reach the client',
      )
      t.expect(
        stream.received[1]?.data.toString() === 'after',
        'the event after the restart was changed',
      )
    },
  }),
  forConcentrator({
    id: 'life.backend-abort',
    title: 'A reset of the upstream connection does not end the streams of clients',
    level: 'should',
    source: '[protocol §5.11]',
    meaning: STORM,
    freshTarget: true,
    kills: ['ends-clients-with-backend', 'ring-loss-ends-clients'],
    async run(t) {
      const stream = await t.stream()
      await stream.arrives('data: before\n\n')
      stream.upstream.reset()
      await t.requireEventually(
        () => t.backend.stream !== undefined && t.backend.stream !== stream.upstream,
        'the target did not reconnect to the back end',
        t.reconnectMs,
      )
      t.expect(
        !stream.client.closed,
        'the client lost its stream when the upstream connection was reset',
      )
      const next = await t.upstreamOf(t.backend)
      next.write('data: after\n\n')
      await t.requireEventually(
        () => stream.received.length >= 2,
        'the event after the reset did not reach the client',
      )
    },
  }),
  forConcentrator({
    id: 'life.one-backend-down',
    title: 'Events of one back end arrive while the other is down',
    level: 'should',
    source: '[protocol §5.11]',
    meaning: 'One failing system silences all others.',
    freshTarget: true,
    kills: ['ends-clients-with-backend', 'one-down-all-down'],
    async run(t) {
      const stream = await t.stream()
      const other = await t.upstreamOf(t.second)
      await stream.arrives('data: before\n\n')
      await whileDown(t, t.backend, async () => {
        for (const number of [1, 2, 3]) {
          other.write(`data: B ${number}\n\n`)
          await t.requireEventually(
            () => stream.received.length > number,
            'an event of the healthy back end did not arrive while the other one was down',
          )
        }
        const late = t.connect()
        await t.opens(late)
      })
      t.expect(!stream.client.closed, 'the client lost its stream when one back end went down')
    },
  }),
  forConcentrator({
    id: 'life.backend-hangs',
    title: 'Events of one back end arrive while the other accepts connections and does not answer',
    level: 'should',
    source: '[protocol §5.11]',
    meaning: 'One failing system silences all others.',
    freshTarget: true,
    kills: ['one-down-all-down'],
    async run(t) {
      const stream = await t.stream()
      const other = await t.upstreamOf(t.second)
      await stream.arrives('data: before\n\n')
      const asked = await nextRequest(t)
      for (const number of [1, 2, 3]) {
        other.write(`data: B ${number}\n\n`)
        await t.requireEventually(
          () => stream.received.length > number,
          'an event of the healthy back end did not arrive while the other one hung',
        )
      }
      asked.answer()
      asked.write('data: A\n\n')
      await t.requireEventually(
        () => stream.received.length > 4,
        'the event of back end A did not arrive',
      )
    },
  }),
  forConcentrator({
    id: 'life.absent-at-start',
    title: 'A back end that is down at start delays no client, and the target connects to it later',
    level: 'should',
    source: '[protocol §5.11] [protocol §4.4]',
    meaning: 'After a power cut the system works only if the machines start in the right order.',
    cost: 'slow',
    freshTarget: true,
    kills: ['waits-for-all-at-start'],
    async run(t) {
      const absent = t.second
      await absent.origin.stopListening()
      absent.origin.resetAll()
      await t.target.restart()
      const stream = await t.stream()
      await stream.arrives('data: A\n\n')
      await absent.origin.listen()
      const found = await t.upstreamOf(absent)
      found.write('data: B\n\n')
      await t.requireEventually(
        () => stream.client.hasEvent('B'),
        'no event came from the back end that started late',
      )
    },
  }),
  forConcentrator({
    id: 'life.client-reset',
    title: 'A client that resets its connection does not disturb other clients',
    level: 'must',
    source: '[protocol §5.10]',
    meaning: 'Each crashed browser disconnects all others.',
    kills: ['reset-ends-all'],
    async run(t) {
      const stream = await t.stream()
      const others = Array.from({ length: 5 }, () => t.connect())
      for (const client of others) await t.opens(client)
      for (const client of others) {
        stream.write('data: amid\n\n')
        client.reset()
        await stream.arrives('data: still here\n\n')
      }
      t.expect(
        !stream.client.closed,
        'a client lost its stream when another one reset its connection',
      )
    },
  }),
]
