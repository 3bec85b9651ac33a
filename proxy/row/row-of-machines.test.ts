import { describe, expect, it } from 'vitest'

import { eventually } from '../testing/deadline.ts'
import { whyNoNetwork } from '../testing/machines/network.ts'
import { RowClients } from '../testing/row-clients.ts'
import { type ProxyMachine, RowOfMachines } from '../testing/machines/row-of-machines.ts'
import { hasRedis } from '../testing/run-redis.ts'
import { APPEND } from './redis-scripts.ts'

/** They take seconds: leases have to end. */
const isFull = Number(process.env['MODEL_RUNS'] ?? 1) > 1
const whyNot = !isFull
  ? 'in npm run test:full'
  : !hasRedis
    ? 'needs Redis 7: apt-get install redis-server'
    : whyNoNetwork()

const THREE = { proxies: 3, leaseMs: 3000, whenAway: 'wait' } as const
/** A leader that is stopped in the middle of a test must have its lease until then. */
const LONG_LEASE_MS = 8000
const BATCH_BYTES = 5000
/** A test takes a minute and a half with twenty programs per core. */
const HANGS_MS = 300_000

const indexOf = ({ proxies }: RowOfMachines, proxy: ProxyMachine): number => proxies.indexOf(proxy)

const othersThan = ({ proxies }: RowOfMachines, one: ProxyMachine): readonly number[] =>
  [...proxies.keys()].filter((index) => proxies[index] !== one)

/** A proxy that does not read the back end. */
const followerOf = ({ proxies }: RowOfMachines, leader: ProxyMachine): ProxyMachine => {
  const follower = proxies.find((proxy) => proxy !== leader)
  if (follower === undefined) throw new RangeError('a row has a follower')
  return follower
}

const logHas = async ({ program }: ProxyMachine, text: string | RegExp): Promise<void> => {
  await eventually(`the log of a proxy has ${text}`, () =>
    typeof text === 'string' ? program.stderr.includes(text) : text.test(program.stderr),
  )
}

/** Returns the leader when every client has the first events. */
const firstEvents = async (row: RowOfMachines, clients: RowClients): Promise<ProxyMachine> => {
  const leader = await row.leader()
  row.backEnd.emit(6)
  await clients.haveAll()
  return leader
}

/** What clients got: each event once and in order if there is no fault, and their gap events. */
const outcomeOf = ({ faults, gaps }: RowClients): object => ({ faults, gaps })
const EXACT = { faults: [], gaps: [0, 0, 0] }

describe.skipIf(whyNot !== undefined)(
  `a row whose machines are network namespaces (${whyNot ?? 'with Redis and iproute2'})`,
  // They wait most of the time.
  { concurrent: true, timeout: HANGS_MS },
  () => {
    it.each(['cut', 'mute'] as const)(
      'a leader that loses Redis (%s) is replaced, and no client misses an event',
      async (how) => {
        await using row = await RowOfMachines.start(THREE)
        const { backEnd } = row
        await using clients = await RowClients.connect(row.places, backEnd)
        const leader = await firstEvents(row, clients)

        leader.machine[how]('engine')
        backEnd.emit(6)
        await clients.haveAll(othersThan(row, leader))
        await row.leader(leader)
        const staying = clients.eventsOf(indexOf(row, leader)).length
        backEnd.emit(6)
        await clients.haveAll(othersThan(row, leader))
        expect(clients.eventsOf(indexOf(row, leader))).toHaveLength(staying)
        leader.machine.heal('engine')
        await clients.haveAll()
        backEnd.emit(6)
        await clients.haveAll()
        expect(outcomeOf(clients)).toEqual(EXACT)
      },
    )

    it('a leader that loses the store gives it to another proxy, and no client misses an event', async () => {
      await using row = await RowOfMachines.start(THREE)
      const { backEnd } = row
      await using clients = await RowClients.connect(row.places, backEnd)
      const leader = await firstEvents(row, clients)

      leader.machine.mute('store')
      backEnd.emit(6)
      await clients.haveAll()
      await logHas(leader, 'the back end cannot be reached, another proxy may read it')
      leader.machine.heal('store')
      backEnd.emit(6)
      await clients.haveAll()
      expect(outcomeOf(clients)).toEqual(EXACT)
    })

    it('clients get every event once when Redis was cut off from all proxies for longer than a lease', async () => {
      await using row = await RowOfMachines.start(THREE)
      const { backEnd, proxies, redis } = row
      await using clients = await RowClients.connect(row.places, backEnd)
      const leader = await firstEvents(row, clients)

      redis.machine.cut('engine')
      backEnd.emit(6)
      await logHas(leader, 'this proxy reads the back end no more')
      for (const proxy of proxies) await logHas(proxy, 'the engine fails, clients get nothing new')
      backEnd.emit(6)
      redis.machine.heal('engine')
      await clients.haveAll()
      backEnd.emit(6)
      await clients.haveAll()
      expect(outcomeOf(clients)).toEqual(EXACT)
    })

    it('clients of a machine that loses power go to another proxy, and miss no event', async () => {
      await using row = await RowOfMachines.start(THREE)
      const { backEnd } = row
      await using clients = await RowClients.connect(row.places, backEnd)
      const leader = await firstEvents(row, clients)

      // Neither Redis nor the store get an end or a reset.
      leader.machine.mute('engine')
      leader.machine.mute('store')
      backEnd.emit(6)
      leader.program.child.kill('SIGKILL')
      await leader.program.exited
      backEnd.emit(6)
      await clients.haveAll()
      expect(outcomeOf(clients)).toEqual(EXACT)
    })

    it('Redis refuses events of a frozen leader that arrive when another proxy reads the back end', async () => {
      await using row = await RowOfMachines.start({ ...THREE, leaseMs: LONG_LEASE_MS })
      const { backEnd, redis } = row
      await using clients = await RowClients.connect(row.places, backEnd)
      const leader = await firstEvents(row, clients)
      const lease = await redis.command('KEYS', '{newsroom}:lease:*')
      const owner = await redis.command('HGET', lease, 'owner')

      leader.machine.mute('engine')
      backEnd.emit(1, BATCH_BYTES)
      // Its kernel sends them again until they arrive.
      await eventually('the leader has sent the event to Redis', () =>
        leader.machine.unacknowledged().some((bytes) => bytes > BATCH_BYTES),
      )
      leader.program.child.kill('SIGSTOP')
      await row.leader(leader)
      backEnd.emit(6)
      await clients.haveAll(othersThan(row, leader))
      const number = await redis.command('HGET', '{newsroom}:meta', 'number')
      await using monitor = await redis.monitor()
      leader.machine.heal('engine')
      await eventually('the late events arrive', () =>
        monitor.stdout
          .split('\n')
          .some((line) => line.includes(APPEND.sha1) && line.includes(`"${owner}"`)),
      )
      expect(await redis.command('HGET', '{newsroom}:meta', 'number')).toBe(number)
      leader.program.child.kill('SIGCONT')
      await clients.haveAll()
      backEnd.emit(6)
      await clients.haveAll()
      expect(outcomeOf(clients)).toEqual(EXACT)
    })

    it('a connection on which the log of Redis does not arrive any more is replaced after a fifth of leaseMs and 1 s', async () => {
      await using row = await RowOfMachines.start({ ...THREE, leaseMs: 5000 })
      const { backEnd, redis } = row
      await using clients = await RowClients.connect(row.places, backEnd)
      const follower = followerOf(row, await firstEvents(row, clients))

      const address = follower.machine.address('engine')
      const waits = new RegExp(
        `^.* addr=${address.replaceAll('.', '\\.')}:(\\d+) .* cmd=xread `,
        'm',
      )
      const port = await eventually('the proxy waits for the log', async () =>
        Number(waits.exec(await redis.command('CLIENT', 'LIST'))?.[1]),
      )
      redis.machine.dropTo(port)
      backEnd.emit(6)
      await clients.haveAll()
      await logHas(follower, /the engine fails, [^"]*: no answer within 2000 ms/)
      expect(outcomeOf(clients)).toEqual(EXACT)
    })

    it('a proxy that reads back ends itself, cut off from a row that lives, gives ids of its own until it is back', async () => {
      await using row = await RowOfMachines.start({ ...THREE, whenAway: 'own-connection' })
      const { backEnd, proxies } = row
      await using clients = await RowClients.connect(row.places, backEnd)
      const follower = followerOf(row, await firstEvents(row, clients))
      const index = indexOf(row, follower)

      follower.machine.cut('engine')
      await logHas(follower, 'this proxy reads all back ends itself')
      backEnd.emit(6)
      await clients.haveAll()
      const lastIds = (): readonly string[] =>
        [...proxies.keys()].map((one) => clients.eventsOf(one).at(-1)?.lastEventId ?? '')
      expect(new Set(lastIds()).size).toBe(2)
      follower.machine.heal('engine')
      await eventually('its client gets a gap event', () => clients.gaps[index] === 1)
      backEnd.emit(6)
      await clients.haveAll()
      expect(new Set(lastIds()).size).toBe(1)
      const gaps = proxies.map((proxy) => (proxy === follower ? 1 : 0))
      expect(outcomeOf(clients)).toEqual({ ...EXACT, gaps })
    })
  },
)
