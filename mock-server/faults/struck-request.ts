import type { Request, Response } from 'express'

import { readAhead } from '../http/read-ahead.ts'
import type { StruckConnection } from './struck-connection.ts'
import { lastFor } from './struck-connection.ts'

/** A request that a fault has struck, before anything of it is carried out. */
export interface StruckRequest extends StruckConnection {
  readonly request: Request
  readonly response: Response
  /** Carries it out, as without a fault. */
  readonly serve: () => void
}

/**
 * Carries the request out after `ms`, or without `ms` when the fault is over. A request whose
 * client has left is not carried out.
 */
export function serveLater(struck: StruckRequest, ms?: number): void {
  const putBack = readAhead(struck.request, struck.response)
  lastFor(
    struck,
    () => {
      putBack()
      if (!struck.socket.destroyed) struck.serve()
    },
    ms,
  )
}
