import type { IncomingMessage, ServerResponse } from 'node:http'

/** One request and the response to it. */
export interface Exchange {
  readonly request: Pick<IncomingMessage, 'socket'>
  readonly response: Pick<ServerResponse, 'once' | 'off'>
}

/**
 * Calls `listener` once: when the response has ended, or when its connection is closed. Both are needed, because Node
 * emits no `close` on a response that is still queued behind an earlier one of the same connection.
 */
export function onceClosed({ request, response }: Exchange, listener: () => void): void {
  const { socket } = request
  let hasRun = false
  const run = (): void => {
    // The socket's 'close' emits that of the response, and then calls this listener although it was removed.
    if (hasRun) return
    hasRun = true
    response.off('close', run)
    socket.off('close', run)
    listener()
  }
  response.once('close', run)
  socket.once('close', run)
}
