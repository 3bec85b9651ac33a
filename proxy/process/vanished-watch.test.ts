import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'

import { expect, it } from 'vitest'

import { BoundaryGuard } from '../boundary-guard.ts'
import { listenOn } from '../listen.ts'
import { createLogger } from '../logger.ts'
import { eventually } from '../testing/deadline.ts'
import { SOCKET_TABLES } from './socket-table.ts'
import { VanishedWatch } from './vanished-watch.ts'

/** A client that reads nothing is asked again and again whether it has room. */
const MORE_THAN_THE_KERNEL_KEEPS = Buffer.alloc(16 * 1024 * 1024)
const AN_HOUR_MS = 3_600_000

it.skipIf(!existsSync(SOCKET_TABLES[0]))(
  'VanishedWatch reads the socket table as often when a reading takes an hour on a busy machine (needs Linux: /proc)',
  async () => {
    const accepted: Socket[] = []
    const server = createServer((socket) => {
      accepted.push(socket.on('error', () => undefined))
      socket.write(MORE_THAN_THE_KERNEL_KEEPS)
    })
    const port = await listenOn(server, { host: '127.0.0.1', port: 0 })
    const client = connect(port, '127.0.0.1').pause()
    await once(client, 'connect')
    let readings = 0
    // Asked for after each reading.
    const nowMs = (): number => AN_HOUR_MS * (readings += 1)
    const watch = new VanishedWatch({
      ports: [port],
      goneMs: 400,
      onGone: () => undefined,
      guard: new BoundaryGuard({ log: ({ detail }) => expect.fail(detail), nowMs: () => 0 }),
      logger: createLogger('silent'),
      nowMs,
    })
    try {
      await eventually('the table is read five times', () => readings >= 5)
    } finally {
      watch.close()
      client.destroy()
      for (const socket of accepted) socket.destroy()
      server.close()
    }
  },
)
