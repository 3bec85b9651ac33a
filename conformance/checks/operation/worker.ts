import type { RawClient } from '../../client/raw-client.ts'
import type { Rig } from '../../rig/rig.ts'
import type { Stream } from '../../rig/stream.ts'
import { forConcentrator, type StreamCheck } from '../stream-check.ts'
import { dataOf } from '../clients/events-of.ts'

/** More than enough for each process to have some, however the target shares them out. */
const CLIENTS = 40

interface Crowd {
  readonly stream: Stream
  readonly clients: readonly RawClient[]
}

/** Clients that came one after another to a target that is at work, so that each process has some; all have read one event. */
async function crowd(t: Rig): Promise<Crowd> {
  const stream = await t.stream()
  const clients: RawClient[] = []
  while (clients.length < CLIENTS) {
    const client = t.connect()
    await t.opens(client)
    clients.push(client)
  }
  await stream.arrives('data: before\n\n')
  await t.requireEventually(
    () => clients.every((client) => client.hasEvent('before')),
    'the first event did not reach every client',
  )
  return { stream, clients }
}

/** Ends one process that serves clients; returns the clients that lost their connection. */
async function killOne(t: Rig, { stream, clients }: Crowd): Promise<readonly RawClient[]> {
  const all = [stream.client, ...clients]
  await t.target.killWorker()
  const lost = (): readonly RawClient[] => all.filter(({ closed }) => closed)
  await t.requireEventually(
    () => lost().length > 0,
    'no client lost its connection when a process was killed',
  )
  // Those of one process go together; a moment is enough for the last of them.
  await t.pause(100)
  return lost()
}

/** Waits until a newcomer gets an event: dead processes have to be replaced first. */
async function servesNewcomer(t: Rig): Promise<void> {
  const deadlineMs = performance.now() + t.reconnectMs + t.holdMs
  for (;;) {
    const client = t.connect()
    await t.requireEventually(
      () => client.head !== undefined || client.closed,
      'a newcomer was left waiting',
    )
    if (client.head?.status === 200) {
      const data = t.token()
      const upstream = await t.upstreamOf(t.backend)
      upstream.write(`data: ${data}\n\n`)
      await t.requireEventually(() => client.hasEvent(data), 'a newcomer got no event')
      client.close()
      return
    }
    t.expect(performance.now() < deadlineMs, 'no client is served any more')
    await t.pause(50)
  }
}

/** What the sudden death of one process that serves clients does to all others. */
export const WORKER_CHECKS: readonly StreamCheck[] = [
  forConcentrator({
    id: 'worker.others-stay',
    title: 'When one process dies, clients of the others keep their streams',
    level: 'must',
    basis: 'choice',
    source: '[protocol §5.11]',
    meaning: 'One fault throws out everybody.',
    variant: 'workers',
    cost: 'slow',
    freshTarget: true,
    kills: ['worker-death-cuts-all'],
    async run(t) {
      const all = await crowd(t)
      const lost = await killOne(t, all)
      const stay = [all.stream.client, ...all.clients].filter((client) => !lost.includes(client))
      t.expect(stay.length > 0, 'every client lost its connection')
      const upstream = await t.upstreamOf(t.backend)
      upstream.write('data: after\n\n')
      await t.requireEventually(
        () => stay.every((client) => client.hasEvent('after')),
        'a client of another process got no further event',
      )
      return `${lost.length} of ${CLIENTS + 1} clients were cut off`
    },
  }),
  forConcentrator({
    id: 'worker.resumes',
    title: 'Clients of a process that died get what they missed from another one',
    level: 'must',
    basis: 'choice',
    source: '[protocol §5.8]',
    meaning: 'Each fault of one process costs its clients events.',
    needs: ['replay'],
    variant: 'workers',
    cost: 'slow',
    freshTarget: true,
    kills: ['worker-death-loses-log'],
    async run(t) {
      const lost = await killOne(t, await crowd(t))
      const upstream = await t.upstreamOf(t.backend)
      for (const data of ['missed 1', 'missed 2']) upstream.write(`data: ${data}\n\n`)
      await servesNewcomer(t)
      upstream.write('data: end\n\n')
      for (const client of lost) {
        const id = client.lastEventId.toString('latin1')
        const back = t.connect({ fields: [{ name: 'Last-Event-ID', value: id }] })
        await t.requireEventually(
          () => back.hasEvent('end'),
          'a client that came back did not get the rest',
        )
        const came = dataOf(back).filter((data) => !/^[\da-f]{12}$/.test(data))
        t.expect(
          came.join() === 'missed 1,missed 2,end',
          `a client that came back read ${came.join()}`,
        )
      }
    },
  }),
  forConcentrator({
    id: 'worker.back-ends-stay',
    title: 'The death of a process that serves clients costs no connection to a back end',
    level: 'should',
    basis: 'choice',
    source: '[protocol §4.1]',
    meaning: 'Back ends pay for the faults of the target.',
    needs: ['standing-upstream'],
    variant: 'workers',
    cost: 'slow',
    freshTarget: true,
    kills: ['worker-death-reopens-back-ends'],
    async run(t) {
      const all = await crowd(t)
      await killOne(t, all)
      await servesNewcomer(t)
      t.expect(
        t.backend.stream === all.stream.upstream && t.backend.streams.length === 1,
        'the connection to the back end was replaced',
      )
    },
  }),
  forConcentrator({
    id: 'worker.replaced',
    title: 'A process that died is replaced: newcomers are served',
    level: 'must',
    basis: 'choice',
    source: '[protocol §5.1]',
    meaning: 'One fault takes the whole target away.',
    variant: 'workers',
    cost: 'slow',
    freshTarget: true,
    kills: ['worker-death-is-final'],
    async run(t) {
      await killOne(t, await crowd(t))
      for (let newcomer = 0; newcomer < 2 * CLIENTS; newcomer += 1) await servesNewcomer(t)
    },
  }),
]
