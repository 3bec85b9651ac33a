import { expect } from 'vitest'

import { eventually } from './deadline.ts'
import { RawClient } from './raw-client.ts'
import { readMetrics } from './read-metrics.ts'
import type { ScriptedBackEnd } from './scripted-back-end.ts'
import type { SteadyEvents } from './steady-events.ts'
import type { UpgradableProxy } from './upgradable-proxy.ts'

/** A program that blocks for this long while no process writes. */
export function slowToTake(ms: number): string {
  return atMessage('prepare', `Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ${ms})`)
}

/** A program that ends when it gets such a message. */
export function endAt(kind: string): string {
  return atMessage(kind, `process.kill(process.pid, 'SIGKILL')`)
}

/** A program that runs this code when it gets such a message, or such a part of a move. */
export function atMessage(kind: string, code: string): string {
  return `process.on('message', ({ kind, move, order }) => {
    if ([kind, move?.kind, order?.kind, order?.move?.kind].includes('${kind}')) { ${code} }
  })`
}

/** Code for the primary process, or for its workers, only. */
export function inProcess(which: 'primary' | 'worker', code: string): string {
  return `if (process.argv.includes('--worker') === ${which === 'worker'}) { ${code} }`
}

/** Upgrades by the admin port and then by the signal. Returns the answer of the first upgrade. */
export async function upgradeTwice(
  proxy: UpgradableProxy,
  backEnd: ScriptedBackEnd,
): Promise<string> {
  const first = await proxy.pid()
  const answer = await proxy.upgrade()
  await proxy.ended(first)
  await eventually('the new process has a connection of its own only', () => backEnd.open === 1)
  const second = await proxy.pid()
  process.kill(second, 'SIGUSR2')
  await proxy.ended(second)
  await eventually('the second upgrade has left one connection', () => backEnd.open === 1)
  return answer
}

/**
 * Waits until `total` clients have moved, over all upgrades of this proxy. Requires that the upgrade
 * with this answer asked no client to reconnect. On a busy machine some clients move a moment later.
 */
export async function expectMoved(
  proxy: UpgradableProxy,
  answer: string,
  total: number,
): Promise<void> {
  expect(answer).toMatch(
    /^upgraded: process \d+ serves all clients .* moved: \d+, asked to reconnect: 0\n$/,
  )
  await eventually(`${total} clients have moved`, async () => {
    const metrics = await readMetrics(proxy.adminPort)
    return metrics.get('sse_proxy_upgraded_clients_total{how="moved"}') === total
  })
}

/** The clients have stayed, with all events, and ids of one epoch. */
export async function expectContinued(
  clients: readonly RawClient[],
  sent: readonly string[],
): Promise<void> {
  for (const client of clients) await expectAll(sent, client)
  expect(epochsOf(clients).size).toBe(1)
  expect(clients.filter(({ isClosed }) => isClosed)).toEqual([])
}

/**
 * Upgrades after a change log URL, `b` and `c`. Returns what a client gets that returns after the
 * first of them, and what one gets that returns with an id that no process gave.
 */
export async function eventsOnReturn(
  proxy: UpgradableProxy,
  backEnd: ScriptedBackEnd,
): Promise<readonly (readonly string[])[]> {
  await using client = await RawClient.get({ port: proxy.port })
  backEnd.send('data: http://store.example/log\n\ndata: b\n\ndata: c\n\n')
  await eventually('the client has three events', () => client.events.length === 3)
  await proxy.upgrade()
  const lastIds = [client.events[0]?.lastEventId, 'x-9']
  return await Promise.all(
    lastIds.map(async (id) => {
      const fields = [`Last-Event-ID: ${id}`]
      await using returning = await RawClient.get({ port: proxy.port, fields })
      await eventually('a client that returns has two events', () => returning.events.length === 2)
      return returning.events.map(({ data }) => data)
    }),
  )
}

/** The clients have stayed, and the proxy accepts another one. */
export async function expectServing(
  proxy: UpgradableProxy,
  clients: readonly RawClient[],
  events: SteadyEvents,
): Promise<void> {
  await using later = await RawClient.get({ port: proxy.port })
  const sent = await events.stop()
  for (const client of clients) await expectAll(sent, client)
  expect(clients.filter(({ isClosed }) => isClosed)).toEqual([])
  expect(later.isClosed).toBe(false)
}

/** The client gets each event once, in order, with consecutive numbers in the ids. */
async function expectAll(sent: readonly string[], client: RawClient): Promise<void> {
  const hasAll = (): boolean => client.events.length >= sent.length
  await eventually('the client has all events', () => hasAll() || client.isClosed)
  const { length } = client.events
  expect({ length, isClosed: client.isClosed && !hasAll() }).toEqual({
    length: sent.length,
    isClosed: false,
  })
  expect(client.events.map(({ data }) => data)).toEqual(sent)
  expect(numbersOf(client)).toEqual(sent.map((_data, index) => index + 1))
}

/** Numbers in the ids of the events. */
function numbersOf({ events }: RawClient): readonly number[] {
  return events.map(({ lastEventId }) => Number(lastEventId.split('-')[1]))
}

function epochsOf(clients: readonly RawClient[]): ReadonlySet<string> {
  return new Set(
    clients.flatMap(({ events }) => events.map((one) => one.lastEventId.split('-')[0] ?? '')),
  )
}
