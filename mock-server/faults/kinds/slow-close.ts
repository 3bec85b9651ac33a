import { z } from 'zod'

import { lastFor } from '../struck-connection.ts'
import type { StruckRequest } from '../struck-request.ts'
import { MAX_MS } from './parameters.ts'

/** The response says `Connection: close`, and the connection is closed so much later. */
export const SLOW_CLOSE = { ms: z.int().min(1).max(MAX_MS) }

export function closeSlowly(ms: number, struck: StruckRequest): void {
  const { socket, response, lives, clock } = struck
  response.shouldKeepAlive = false
  // What the server calls after the response. The response is over by then, the fault may not be.
  Object.defineProperty(socket, 'destroySoon', {
    configurable: true,
    value: () => {
      Reflect.deleteProperty(socket, 'destroySoon')
      const close = (): void => socket.destroySoon()
      socket.once('close', lastFor({ clock, lives: lives.slice(0, 1) }, close, ms))
    },
  })
  struck.serve()
}
