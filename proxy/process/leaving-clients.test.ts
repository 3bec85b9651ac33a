import { setImmediate as nextTurn } from 'node:timers/promises'

import { expect, it } from 'vitest'

import { PACKED_NUMBERS } from '../fanout/stream-state.ts'
import { startHub } from '../testing/start-hub.ts'
import { LeavingClients } from './leaving-clients.ts'

/** A pass serves 256 clients before it lets others run. */
const CLIENTS = 300
const CURSOR = 1
const HANGS_MS = 60_000

it('clients that wait for an event when an upgrade freezes the process are served first by the new one', async () => {
  await using server = await startHub()
  const { hub } = server
  const clients = await Promise.all(Array.from({ length: CLIENTS }, () => server.client()))
  const cursors: number[] = []
  const leaving = new LeavingClients({
    clients: { hub, awaitingRequest: 0, stopAccepting: () => undefined },
    send: async (move) => {
      if (move.kind !== 'rows') return
      for (let at = 0; at < move.rows.length; at += PACKED_NUMBERS)
        cursors.push(move.rows[at + CURSOR] ?? -1)
    },
    nowMs: () => performance.now(),
  })
  await leaving.copy()
  server.say('first')
  for (const client of clients) await client.received(1)
  const behind = hub.streams[0]?.cursor ?? -1
  server.say('second')
  const startedMs = performance.now()
  while (hub.streams.every(({ cursor }) => cursor === behind)) {
    if (performance.now() - startedMs > HANGS_MS) throw new Error('no client is served')
    await nextTurn()
  }
  await leaving.freeze()

  const served = cursors.filter((cursor) => cursor !== behind).length
  expect(cursors).toHaveLength(CLIENTS)
  expect(served).toBeGreaterThan(0)
  expect(served).toBeLessThan(CLIENTS)
  // The new process serves its list from the end.
  expect(new Set(cursors.slice(served))).toEqual(new Set([behind]))
  for (const client of clients) await client[Symbol.asyncDispose]()
})
