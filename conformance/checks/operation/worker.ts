import type { RawClient } from '../../client/raw-client.ts'
import type { Rig } from '../../rig/rig.ts'
import { Deadline } from '../../runner/responsive-time.ts'
import type { Stream } from '../../rig/stream.ts'
import { forConcentrator, type StreamCheck } from '../stream-check.ts'
import { dataOf } from '../clients/events-of.ts'

/** Enough clients for each process to have some, however the target distributes them. */
const CLIENTS = 40

interface Crowd {
  readonly stream: Stream
  readonly clients: readonly RawClient[]
}

/** Connects clients one after another, so that each process has some. Each has read one event. */
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

/** Kills one process that serves clients. Returns the clients that lost their connection. */
async function killOne(t: Rig, { stream, clients }: Crowd): Promise<readonly RawClient[]> {
  const all = [stream.client, ...clients]
  await t.target.killWorker()
  const lost = (): readonly RawClient[] => all.filter(({ closed }) => closed)
  await t.requireEventually(
    () => lost().length > 0,
    'no client lost its connection when a process was killed',
  )
  // The clients of one process disconnect together; a moment is enough for the last one.
  await t.pause(100)
  return lost()
}

/** Waits until a new client gets an event: the dead process has to be replaced first. */
async function servesNewcomer(t: Rig): Promise<void> {
  const deadline = new Deadline(t.reconnectMs + t.holdMs)
  for (;;) {
    const client = t.connect()
    await t.requireEventually(
      () => client.head !== undefined || client.closed,
      'a new client got no response',
    )
    if (client.head?.status === 200) {
      const data = t.token()
      const upstream = await t.upstreamOf(t.backend)
      upstream.write(`data: ${data}\n\n`)
      await t.requireEventually(() => client.hasEvent(data), 'a new client got no event')
      client.close()
      return deadline.clear()
    }
    t.expect(!deadline.reached, 'no client is served after a process was killed')
    await t.pause(50)
  }
}

/** Effects of one crashed worker process. */
export const WORKER_CHECKS: readonly StreamCheck[] = [
  forConcentrator({
    id: 'worker.others-stay',
    title: 'When one worker process dies, clients of the others keep their streams',
    level: 'must',
    basis: 'choice',
    source: '[protocol §5.11]',
    meaning: 'One crash disconnects every client.',
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
      return `${lost.length} of ${CLIENTS + 1} clients were disconnected`
    },
  }),
  forConcentrator({
    id: 'worker.resumes',
    title: 'Clients of a dead worker process get the missed events from another one',
    level: 'must',
    basis: 'choice',
    source: '[protocol §5.8]',
    meaning: 'Clients lose events when one process crashes.',
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
          'a reconnected client did not get the missed events',
        )
        const came = dataOf(back).filter((data) => !/^[\da-f]{12}$/.test(data))
        t.expectRead(came, ['missed 1', 'missed 2', 'end'], 'by a reconnected client')
      }
    },
  }),
  forConcentrator({
    id: 'worker.back-ends-stay',
    title: 'The death of a worker process does not close a back end connection',
    level: 'should',
    basis: 'choice',
    source: '[protocol §4.1]',
    meaning: 'A crash inside the target disturbs the back ends.',
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
    title: 'A dead worker process is replaced, and new clients are served',
    level: 'must',
    basis: 'choice',
    source: '[protocol §5.1]',
    meaning: 'One crash makes the whole target unavailable.',
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
