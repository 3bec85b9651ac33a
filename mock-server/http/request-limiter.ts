import type { NextFunction, Request, Response } from 'express'

import type { Settings } from '../knobs.ts'
import { onceClosed } from './once-closed.ts'

/**
 * Limit of requests that wait for a worker, like the bounded accept queue of a real server. More
 * are refused.
 */
const MAX_WAITING = 10_000

export interface WorkerCounts {
  readonly busy: number
  readonly waiting: number
}

/**
 * Limits concurrent requests, as Tomcat's 200 workers do. Each request holds one worker until its
 * response ends or its connection closes, so an open stream holds one for its whole life. Request
 * 201 is accepted and waits, feeds included. [protocol §3.7]
 */
export class RequestLimiter {
  readonly #limit: number
  readonly #whenBusy: Settings['workersBusy']
  readonly #waiting = new Map<Response, () => void>()
  readonly #exempt = new WeakSet<Response>()
  #busy = 0
  #requests = 0

  constructor({ workers, workersBusy }: Pick<Settings, 'workers' | 'workersBusy'>) {
    this.#limit = workers === 0 ? Infinity : workers
    this.#whenBusy = workersBusy
  }

  get counts(): WorkerCounts {
    return { busy: this.#busy, waiting: this.#waiting.size }
  }

  /** Requests so far, also those that were refused. */
  get requests(): number {
    return this.#requests
  }

  /** Serves this request without a worker. */
  exempt(response: Response): void {
    this.#exempt.add(response)
  }

  /** Express handler: calls `next` when a worker is free, or refuses the request. */
  readonly limit = (request: Request, response: Response, next: NextFunction): void => {
    this.#requests += 1
    if (this.#exempt.has(response)) {
      next()
    } else if (this.#busy < this.#limit) {
      this.#serve(request, response, next)
    } else if (this.#whenBusy === '503') {
      response.status(503).set('Retry-After', '1').type('text/plain').send('all workers are busy\n')
    } else if (this.#whenBusy === 'refuse' || this.#waiting.size >= MAX_WAITING) {
      request.socket.resetAndDestroy()
    } else {
      this.#waiting.set(response, () => this.#serve(request, response, next))
      onceClosed({ request, response }, () => this.#waiting.delete(response))
    }
  }

  #serve(request: Request, response: Response, next: NextFunction): void {
    this.#busy += 1
    onceClosed({ request, response }, () => {
      this.#busy -= 1
      this.#serveNext()
    })
    next()
  }

  #serveNext(): void {
    const [first] = this.#waiting
    if (first === undefined || this.#busy >= this.#limit) return
    const [response, serve] = first
    this.#waiting.delete(response)
    serve()
  }
}
