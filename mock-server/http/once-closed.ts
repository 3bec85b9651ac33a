import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** One request and the response to it. */
export interface Exchange {
  readonly request: Pick<IncomingMessage, 'socket'>
  readonly response: Pick<ServerResponse, 'once'>
}

/** Listeners of the exchanges of each connection that are not over. */
const listeners = new WeakMap<Socket, Set<() => void>>()

/**
 * Calls `listener` once: when the response has ended, or when its connection is closed. Both are
 * needed, because Node emits no `close` on a response that is still queued behind an earlier one of
 * the same connection.
 */
export function onceClosed({ request, response }: Exchange, listener: () => void): void {
  const ofConnection = listenersOf(request.socket)
  const run = (): void => {
    if (ofConnection.delete(run)) listener()
  }
  ofConnection.add(run)
  response.once('close', run)
}

/** One listener per connection: one per request, added and removed, would cost more. */
function listenersOf(socket: Socket): Set<() => void> {
  const known = listeners.get(socket)
  if (known !== undefined) return known
  const added = new Set<() => void>()
  listeners.set(socket, added)
  socket.once('close', () => {
    for (const run of added) run()
  })
  return added
}
