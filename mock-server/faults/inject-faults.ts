import type { NextFunction, Request, RequestHandler, Response } from 'express'

import { onceClosed } from '../http/once-closed.ts'
import { serviceUrls } from '../service-urls.ts'
import type { Fault, FaultScope } from './fault.ts'
import type { FaultPlan } from './fault-plan.ts'

const PATHS = serviceUrls('')
const ITEMS = PATHS.item(0).slice(0, -1)
const READS = new Set(['GET', 'HEAD'])

/** Is called before a fault strikes the request of `response`. */
export type FaultStruck = (fault: Fault, response: Response) => void

/**
 * Lets the plan's faults strike the requests of the web services. Mounted behind `/__mock`, which
 * is never hit.
 */
export function injectFaults(plan: FaultPlan, struck: FaultStruck = () => {}): RequestHandler {
  return (request, response, next) => {
    const scope = scopeOf(request)
    const fault = scope && plan.strike(scope)
    if (fault === undefined) {
      next()
      return
    }
    struck(fault, response)
    strike(fault, request, response, next)
  }
}

/** Undefined for OPTIONS, which asks for no content. */
function scopeOf({ method, path }: Pick<Request, 'method' | 'path'>): FaultScope | undefined {
  if (method === 'OPTIONS') return undefined
  if (!READS.has(method)) return 'write'
  if (path.endsWith('/changelog/sse') || path === '/newsgate/events') return 'sse-connect'
  return path.startsWith(ITEMS) ? 'item' : 'feed'
}

function strike(fault: Fault, request: Request, response: Response, next: NextFunction): void {
  switch (fault.kind) {
    case 'latency': {
      const timer = setTimeout(next, fault.ms)
      onceClosed({ request, response }, () => clearTimeout(timer))
      return
    }
    case 'status': {
      if (fault.retryAfter !== undefined) response.set('Retry-After', String(fault.retryAfter))
      response.status(fault.status).type('text/plain').send(`the fault "${fault.name}" is set\n`)
      return
    }
    case 'reset': {
      request.socket.resetAndDestroy()
      return
    }
    case 'stall': {
      // The client gives up, or the store closes the connection when it stops.
      request.resume()
    }
  }
}
