import type { Rig } from '../../../rig/rig.ts'
import type { HeaderField } from '../../../wire/http/header-fields.ts'
import { forBoth, type StreamCheck } from '../../stream-check.ts'

const DROPS = 5
const PER_ROUND = 4

const lastEventId = (id: Buffer): readonly HeaderField[] =>
  id.length === 0 ? [] : [{ name: 'Last-Event-ID', value: id.toString('latin1') }]

/**
 * Each connection gets a few numbered events and is dropped. The next one resumes after the last
 * id.
 */
async function resumeThroughGateway(t: Rig): Promise<void> {
  const seen: string[] = []
  let id = Buffer.alloc(0)
  for (let drop = 0; drop <= DROPS; drop += 1) {
    const stream = await t.stream({ request: { fields: lastEventId(id) } })
    const asked = stream.upstream.field('last-event-id') ?? ''
    t.expect(
      asked === id.toString(),
      `the back end was asked to resume after ${JSON.stringify(asked)} instead of ${id.toString()}`,
    )
    const from = asked === '' ? 0 : Number(asked)
    for (let number = from + 1; number <= from + PER_ROUND; number += 1) {
      stream.write(`id: ${number}\ndata: ${number}\n\n`)
    }
    stream.upstream.end()
    await stream.ends()
    seen.push(...stream.client.events.map((event) => event.data.toString()))
    id = Buffer.from(stream.client.lastEventId)
  }
  const wanted = Array.from({ length: (DROPS + 1) * PER_ROUND }, (_, i) => `${i + 1}`)
  t.expectRead(seen, wanted, `over ${DROPS} drops`)
}

/**
 * A client disconnects and reconnects. It reads no duplicate, and misses nothing when replay is
 * claimed.
 */
async function returnToConcentrator(t: Rig): Promise<void> {
  const witness = await t.stream()
  const seen: string[] = []
  let number = 0
  let id = Buffer.alloc(0)
  const publish = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i += 1) await witness.arrives(`data: ${(number += 1)}\n\n`)
  }
  for (let round = 0; round < DROPS; round += 1) {
    const client = t.connect({ fields: lastEventId(id) })
    await t.opens(client)
    await publish(PER_ROUND)
    await t.requireEventually(
      () => client.hasEvent(`${number}`),
      `a reconnected client did not get event ${number}`,
    )
    seen.push(...client.events.map((event) => event.data.toString()))
    id = Buffer.from(client.lastEventId)
    client.close()
    await publish(1)
  }
  const numbers = seen.filter((text) => /^\d+$/.test(text)).map(Number)
  const late = numbers.find((value, index) => value <= (numbers[index - 1] ?? 0))
  t.expect(late === undefined, `over ${DROPS} drops event ${late} came out of order, or twice`)
  // Every fifth event was written while the client was away. Only a target that replays must
  // deliver it.
  const owed = Array.from({ length: number - 1 }, (_, index) => index + 1).filter(
    (value) => t.claimsTo('replay') || value % (PER_ROUND + 1) !== 0,
  )
  const came = numbers.filter((value) => owed.includes(value))
  t.expectRead(came.map(String), owed.map(String), `over ${DROPS} drops`)
}

/** Reconnects after a dropped connection. */
export const LIFE_RECONNECT_CHECKS: readonly StreamCheck[] = [
  forBoth({
    id: 'life.reconnect',
    title:
      'A client that reconnects after a drop reads no event twice and misses no event that replay promises',
    level: 'must',
    source: '[sse §9.2.3] [protocol §5.8]',
    meaning: 'Every dropped connection loses or repeats events.',
    cost: 'slow',
    kills: ['drop-leid'],
    run: (t) => (t.role === 'gateway' ? resumeThroughGateway(t) : returnToConcentrator(t)),
  }),
]
