import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'

import type { FaultListener } from '../errors.ts'
import { Connection } from './connection.ts'

/**
 * An HTTP server whose connections are independent: each serves one request at a time, and an
 * exception in `handle` closes only its own connection and is reported to `onFault`. Does not
 * listen yet.
 */
export function createHttpServer(handle: RequestListener, onFault: FaultListener): Server {
  const accept =
    (serve: RequestListener) =>
    (request: IncomingMessage, response: ServerResponse): void => {
      // A write failed because the client has disconnected. Handlers listen for the 'close' that
      // follows.
      response.on('error', () => {})
      Connection.of(request.socket).accept({
        request,
        response,
        serve: () => {
          try {
            serve(request, response)
          } catch (error) {
            request.socket.destroy()
            onFault(error)
          }
        },
      })
    }
  const server = createServer(accept(handle))
  // Without these listeners Node answers instead of the handler, and out of order.
  server.on(
    'checkContinue',
    accept((request, response) => {
      response.writeContinue()
      handle(request, response)
    }),
  )
  server.on(
    'checkExpectation',
    accept((_request, response) => {
      response.writeHead(417).end()
    }),
  )
  // Streams stay open for hours. Other timeouts still end a slow request head or body.
  server.keepAliveTimeout = 20_000
  return server
}
