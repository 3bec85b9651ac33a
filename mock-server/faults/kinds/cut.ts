import { z } from 'zod'

import { Wire } from '../../http/wire.ts'
import type { StruckConnection } from '../struck-connection.ts'
import { lastFor } from '../struck-connection.ts'
import type { StruckRequest } from '../struck-request.ts'
import { serveLater } from '../struck-request.ts'
import type { StruckStream, WhenOpen } from '../struck-stream.ts'
import { halfOpenConnections } from './half-open.ts'
import { MAX_MS } from './parameters.ts'

/**
 * When a connection is cut. Without both: a request before it is carried out, an open stream at
 * once.
 */
const MOMENT = {
  /** So many bytes later, the head of the response included. */
  afterBytes: z.int().min(0).max(1_000_000_000).optional(),
  /** So many events later. For streams. */
  afterEvents: z.int().min(0).max(1_000_000).optional(),
}

/** The connection is reset (RST). */
export const RESET = MOMENT
/** The connection is closed (FIN) in the middle of a message. */
export const FIN = {
  ...MOMENT,
  /** The stream ends as HTTP ends it, with the last chunk, and the connection stays. */
  clean: z.boolean().default(false),
}
/** The connection stays open, and nothing more is sent, neither events nor heartbeats. */
export const STALL = {
  ...MOMENT,
  /** For how long; default: until the fault ends. Bytes that were held are then sent. */
  ms: z.int().min(1).max(MAX_MS).optional(),
}
interface Moment {
  readonly afterBytes?: number | undefined
  readonly afterEvents?: number | undefined
}

export type Cut =
  | (Moment & { readonly kind: 'reset' })
  | (Moment & { readonly kind: 'fin'; readonly clean: boolean })
  | (Moment & { readonly kind: 'stall'; readonly ms?: number | undefined })
  | { readonly kind: 'half-open' }

/** Cuts a stream that is open, now or later. */
export function cutStream(cut: Cut, stream: StruckStream): void {
  const act = (): void => actOn(cut, stream, stream)
  const { afterBytes, afterEvents } = momentOf(cut)
  if (afterEvents !== undefined) lastFor(stream, stream.afterEvents(afterEvents, act))
  else if (afterBytes === undefined) act()
  else lastFor(stream, Wire.of(stream.socket, stream.clock).after(afterBytes, act))
}

/** Cuts the connection of a request, or the stream that it opens. */
export function cutRequest(cut: Cut, struck: StruckRequest, whenOpen: WhenOpen): void {
  const { afterBytes, afterEvents } = momentOf(cut)
  if (afterEvents !== undefined || isClean(cut)) {
    whenOpen((stream) => cutStream(cut, stream))
    struck.serve()
  } else if (afterBytes !== undefined) {
    const wire = Wire.of(struck.socket, struck.clock)
    lastFor(
      struck,
      wire.after(afterBytes, () => actOn(cut, struck)),
    )
    struck.serve()
  } else if (cut.kind === 'stall') {
    serveLater(struck, cut.ms)
  } else {
    actOn(cut, struck)
    if (cut.kind === 'half-open') struck.serve()
  }
}

function actOn(cut: Cut, connection: StruckConnection, stream?: StruckStream): void {
  switch (cut.kind) {
    case 'reset':
      stream?.leave()
      connection.socket.resetAndDestroy()
      return
    case 'fin':
      if (cut.clean && stream !== undefined) stream.end()
      else {
        stream?.leave()
        connection.socket.destroySoon()
      }
      return
    case 'stall':
      lastFor(connection, Wire.of(connection.socket, connection.clock).hold(), cut.ms)
      return
    case 'half-open':
      halfOpenConnections.stopReading(connection)
  }
}

function momentOf(cut: Cut): Moment {
  return cut.kind === 'half-open' ? {} : cut
}

function isClean(cut: Cut): boolean {
  return cut.kind === 'fin' && cut.clean
}
