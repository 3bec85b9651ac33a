import type { RequestHandler } from 'express'

import type { StoreClock } from './store-clock.ts'

/** The `Date` of each response by the store clock. Node sets that of the real time, cached. */
export function dateByClock(clock: StoreClock): RequestHandler {
  return (_request, response, next) => {
    if (!clock.isReal) response.setHeader('Date', clock.now().toUTCString())
    next()
  }
}
