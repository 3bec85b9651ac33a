import { createServer, type Server, type ServerResponse } from 'node:http'

import type { BackEnd } from '../backend/back-end.ts'
import { checkHealth } from './health.ts'

export interface AdminOptions {
  readonly backEnds: readonly BackEnd[]
  readonly nowMs: () => number
}

/** The operators' port: `/ping` and `/healthcheck` [protocol §6]. Does not listen by itself. */
export function createAdminServer(options: AdminOptions): Server {
  return createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://admin')
    response.setHeader('Cache-Control', 'must-revalidate,no-cache,no-store')
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      send(response.setHeader('Allow', 'GET, HEAD'), 405, 'text/plain', 'Method Not Allowed\n')
      return
    }
    switch (pathname) {
      case '/ping':
        send(response, 200, 'text/plain', 'pong\n')
        return
      case '/healthcheck': {
        const { isHealthy, checks } = checkHealth(options.backEnds, options.nowMs())
        const indent = searchParams.get('pretty') === 'true' ? 2 : undefined
        send(
          response,
          isHealthy ? 200 : 500,
          'application/json',
          JSON.stringify(checks, null, indent),
        )
        return
      }
      default:
        send(response, 404, 'text/plain', 'Not Found\n')
    }
  })
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(body) })
  response.end(body)
}
