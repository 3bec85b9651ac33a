import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

import { afterEach, expect, test } from 'vitest'

import { CATALOGUE } from '../../checks/catalogue.ts'
import { externalTarget } from '../../drivers/external-target.ts'
import { describeTarget } from '../../drivers/target-file.ts'
import { findFreePort } from '../../origin/free-port.ts'
import { causesOf } from '../../report/causes/causes.ts'
import { runSuite, type SuiteRun } from '../../run-suite.ts'
import type { Role } from '../../runner/target.ts'

/** Checks before and after the one whose client asks for compression. */
const IDS = new Set([
  'flush.first-event',
  'flush.accept-gzip',
  'flush.parallel',
  'flush.comment',
  'load.7',
])
const stops: (() => void)[] = []

afterEach(() => {
  for (const stop of stops.splice(0)) stop()
})

/**
 * A gateway that the suite did not start: it forwards bytes, and stops for good when it sees a text.
 */
async function startForeign(backendPort: number, stopsAt?: string): Promise<string> {
  const sockets = new Set<Socket>()
  const stop = (): void => {
    server.close()
    for (const socket of sockets) socket.destroy()
  }
  const server = createServer((client) => {
    const back = connect(backendPort, '127.0.0.1')
    for (const socket of [client, back]) {
      sockets.add(socket)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => sockets.delete(socket))
    }
    client.on('close', () => back.destroy())
    back.on('close', () => client.destroy())
    client.on('data', (bytes) => {
      if (stopsAt !== undefined && bytes.includes(stopsAt)) stop()
    })
    client.pipe(back).pipe(client)
  })
  stops.push(stop)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
}

async function judge(
  front: string,
  originPorts: [number, number],
  { role = 'gateway', waitMs = 60_000 }: { role?: Role; waitMs?: number } = {},
): Promise<SuiteRun> {
  const file = describeTarget({
    name: 'foreign',
    product: 'a gateway that the suite did not start',
    role,
    external: { front, originPorts, connectWithinMs: waitMs },
  })
  if (file.external === undefined) throw new Error('the target is external')
  const driver = externalTarget(file, file.external, () => {})
  return await runSuite({
    target: { driver, product: file.product, file, flags: `--front ${front}` },
    selection: { only: [], skip: [], maxIdleSeconds: 0 },
    checks: CATALOGUE.filter(({ id, level }) => level === 'gate' || IDS.has(id)),
    serial: true,
    onResult: () => {},
  })
}

async function ports(): Promise<[number, number]> {
  return [await findFreePort(), await findFreePort()]
}

test('a foreign target that stops for good is one cause, and blames only the check at work', async () => {
  const free = await ports()
  const front = await startForeign(free[0], 'Accept-Encoding')
  const { results } = await judge(front, free)
  const failed = results.filter(({ verdict }) => verdict.kind !== 'PASS')
  expect(
    failed.filter(({ verdict }) => verdict.kind === 'FAIL').map(({ check }) => check.id),
  ).toEqual(['flush.accept-gzip'])
  const [cause, ...others] = causesOf(failed)
  expect(others).toEqual([])
  expect(cause?.lead.verdict.reason).toContain(`nothing accepts connections at ${front} any more`)
})

test('a foreign target that is not there is reported with the address to correct', async () => {
  const [first] = (await judge('http://127.0.0.1:1', await ports(), { waitMs: 1500 })).results
  expect(first?.verdict.reason).toMatch(
    /^nothing accepts connections at http:\/\/127\.0\.0\.1:1: start the proxy.*--wait/,
  )
})

test('the finding about a gateway that is judged as a concentrator suggests --role gateway', async () => {
  const free = await ports()
  const front = await startForeign(free[0])
  const [first] = (await judge(front, free, { role: 'concentrator', waitMs: 2500 })).results
  expect(first?.verdict.reason).toMatch(/was asked for \/ instead of \/stream\/a.*--role gateway/)
})

test('a back end port that another program has is named, with the flag that changes it', async () => {
  const blocker = createServer().listen(0, '127.0.0.1')
  stops.push(() => void blocker.close())
  await once(blocker, 'listening')
  const address = blocker.address()
  const taken = typeof address === 'object' ? (address?.port ?? 0) : 0
  const [first] = (await judge('http://127.0.0.1:1', [taken, taken + 1])).results
  expect(first?.verdict.reason).toMatch(
    new RegExp(`^port ${taken}, .* is taken by another program: .*--backend-port`),
  )
})
