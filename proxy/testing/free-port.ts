import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

import { listenOn, PortTakenError } from '../listen.ts'

/** Below the ports that systems assign for port 0. */
const RANGE = [30_000, 32_700] as const

/**
 * A free port that the system assigns to no other program. A test that connects before its program
 * listens must not use an assigned port: another program may get it meanwhile, or the client may
 * connect to itself.
 */
export async function findQuietPort(): Promise<number> {
  for (;;) {
    const server = createServer()
    const port = randomInt(...RANGE)
    try {
      await listenOn(server, { host: '127.0.0.1', port })
    } catch (error) {
      if (error instanceof PortTakenError) continue
      throw error
    }
    await new Promise((resolve) => {
      server.close(resolve)
    })
    return port
  }
}
