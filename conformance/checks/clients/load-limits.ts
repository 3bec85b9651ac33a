import type { RawClient } from '../../client/raw-client.ts'
import type { Rig } from '../../rig/rig.ts'
import { forConcentrator, type StreamCheck } from '../stream-check.ts'
import { writeUntil } from '../write-until.ts'
import { SOCKETS_BYTES } from './stuck-client.ts'

const FULL = 'Too many clients make connected clients lose their streams, or make all hang.'
const ROUNDS = 6
/** A busy machine makes fewer attempts in the same time, so attempts are counted. */
const RETRY_MS = 20
const STUCK_BYTES = 60_000
const STUCK_EVENTS = Math.ceil(SOCKETS_BYTES / STUCK_BYTES)

/** Opens as many streams as the target claims to serve. */
async function fill(t: Rig, count: number): Promise<readonly RawClient[]> {
  const clients = Array.from({ length: count }, () => t.connect())
  const served = (): number => clients.filter(({ head }) => head?.status === 200).length
  await t.requireEventuallyWhileGrowing(
    served,
    () => served() === count,
    () => `${served()} of ${count} clients got a stream`,
  )
  return clients
}

async function allGet(t: Rig, clients: readonly RawClient[]): Promise<void> {
  const data = t.token()
  const hasCome = (): boolean => clients.every((client) => client.hasEvent(data))
  t.expect(
    await writeUntil(t, `data: ${data}\n\n`, hasCome),
    'an event did not reach every client that had a stream',
  )
}

/** Behaviour at the limit of clients. */
export const LOAD_LIMIT_CHECKS: readonly StreamCheck[] = [
  forConcentrator({
    id: 'load.capacity',
    title: 'A client over the limit is refused at once, and the others keep their streams',
    level: 'must',
    basis: 'choice',
    source: '[http §15.6.4]',
    meaning: FULL,
    variant: 'tight',
    freshTarget: true,
    kills: ['takes-more-than-claimed', 'ignores-the-surplus', 'ends-oldest-when-full'],
    async run(t) {
      const clients = await fill(t, t.claimed('maxClients'))
      await allGet(t, clients)
      const surplus = t.connect()
      await t.requireEventually(
        () => surplus.head !== undefined || surplus.closed,
        'the client over the limit was neither refused nor served',
      )
      const status = surplus.head?.status
      t.expect(
        status === undefined || status === 503,
        `the client over the limit was answered with ${status}`,
      )
      await allGet(t, clients)
      t.expect(!clients.some(({ closed }) => closed), 'a connected client lost its stream')
      return status === undefined ? 'refused by a close' : 'refused by 503'
    },
  }),
  forConcentrator({
    id: 'load.head-places',
    title: 'Requests with HEAD take no slot of a stream',
    level: 'must',
    basis: 'choice',
    source: '[http §9.3.2] [protocol §5.1]',
    meaning: 'A monitor that uses HEAD makes the target refuse clients for ever.',
    variant: 'tight',
    freshTarget: true,
    kills: ['head-takes-place'],
    async run(t) {
      const count = t.claimed('maxClients')
      for (let request = 0; request < count; request += 1) {
        const monitor = t.connect({ method: 'HEAD' })
        await t.answers(monitor)
        monitor.close()
      }
      const client = t.connect()
      await t.answers(client)
      t.expect(
        client.head?.status === 200,
        `after ${count} requests with HEAD, as many as the target serves clients, a client was answered with ${client.head?.status ?? 'a close'}`,
      )
      await allGet(t, [client])
    },
  }),
  forConcentrator({
    id: 'load.places',
    title: 'A disconnected client frees its slot for the next one',
    level: 'must',
    basis: 'choice',
    source: '[protocol §5.1]',
    meaning: 'A target that reached its limit once refuses clients for ever.',
    variant: 'tight',
    cost: 'slow',
    freshTarget: true,
    kills: ['leaks-places', 'ring-counts-gone-clients'],
    async run(t) {
      const count = t.claimed('maxClients')
      for (let round = 0; round < ROUNDS; round += 1) {
        const clients = await fillAgain(t, count)
        await allGet(t, clients)
        for (const client of clients) client.close()
      }
    },
  }),
  forConcentrator({
    id: 'load.stalled-cut',
    title: 'A client that stops reading is disconnected within the claimed time',
    level: 'should',
    basis: 'choice',
    source: '[protocol §5.10]',
    meaning: 'Connections to sleeping or vanished machines fill the memory.',
    variant: 'tight',
    cost: 'slow',
    freshTarget: true,
    kills: ['keeps-stalled', 'ring-keeps-stalled'],
    async run(t) {
      const limitMs = t.claimed('stallMs')
      const stream = await t.stream()
      const stuck = t.connect()
      await t.opens(stuck)
      stuck.pause()
      const block = 'x'.repeat(STUCK_BYTES)
      for (let number = 0; number < STUCK_EVENTS; number += 1)
        await stream.inBatches(number, `data: ${number} ${block}\n\n`)
      // Only time in which this process ran counts: otherwise timers of the target are late, too.
      await t.eventually(() => stuck.closed, limitMs)
      await t.letTargetRun()
      stuck.resume()
      await t.requireEventually(
        () => stuck.closed,
        'a client that stopped reading is still connected',
      )
      await allGet(t, [stream.client])
    },
  }),
]

/**
 * Connects as many clients as claimed, one after another: a target needs a moment to notice a
 * disconnect.
 */
async function fillAgain(t: Rig, count: number): Promise<readonly RawClient[]> {
  const clients: RawClient[] = []
  let refusals = 0
  while (clients.length < count) {
    const client = t.connect()
    await t.requireEventually(
      () => client.head !== undefined || client.closed,
      'a client was left waiting',
    )
    if (client.head?.status === 200) {
      clients.push(client)
      refusals = 0
      continue
    }
    client.close()
    t.expect(
      refusals * RETRY_MS < t.holdMs,
      `${clients.length} of ${count} slots were freed after their clients disconnected`,
    )
    refusals += 1
    await t.pause(RETRY_MS)
  }
  return clients
}
