import { z } from 'zod'

import type { Pace } from '../../http/wire.ts'
import { Wire } from '../../http/wire.ts'
import { StreamBytes } from '../../sse/stream-bytes.ts'
import { lastFor } from '../struck-connection.ts'
import type { StruckConnection } from '../struck-connection.ts'
import type { StruckStream } from '../struck-stream.ts'
import { MAX_MS } from './parameters.ts'

/** What is sent comes at this rate. */
export const BANDWIDTH = { bytesPerSecond: z.int().min(1).max(1_000_000_000) }

/** What is sent comes in pieces, each in a packet of its own. */
export const SPLIT = {
  /**
   * Where it is cut: every so many bytes; inside each UTF-8 sequence; inside the field names of
   * events; between CR and LF. The store sends events with LF and in ASCII: with `crlf` they get
   * CRLF, and with `utf-8` a comment that holds a sequence.
   */
  at: z.enum(['bytes', 'utf-8', 'field-name', 'crlf']).default('bytes'),
  maxChunkBytes: z.int().min(1).max(1_000_000).default(1),
  /** The wait between two pieces. */
  delayMs: z.int().min(1).max(MAX_MS).default(1),
}

interface Split {
  readonly at: 'bytes' | 'utf-8' | 'field-name' | 'crlf'
  readonly maxChunkBytes: number
  readonly delayMs: number
}

type Paced =
  | { readonly kind: 'bandwidth'; readonly bytesPerSecond: number }
  | ({ readonly kind: 'split' } & Split)

/** Paces what leaves the connection, until the fault or what it has struck is over. */
export function paceConnection(paced: Paced, connection: Omit<StruckConnection, 'random'>): void {
  const pace = paced.kind === 'bandwidth' ? bandwidthPace(paced.bytesPerSecond) : splitPace(paced)
  lastFor(connection, Wire.of(connection.socket, connection.clock).pace(pace))
}

/** The stream sends something that can be cut. */
export function makeSplittable(paced: Paced, stream: StruckStream): void {
  if (paced.kind === 'bandwidth' || paced.at === 'bytes') return
  stream.client.recode(({ plain }) => new StreamBytes(splittable(paced, plain.toString())))
  lastFor(stream, () => stream.client.recode(undefined))
}

/** Ten pieces a second, or one byte at a time. */
function bandwidthPace(bytesPerSecond: number): Pace {
  const most = Math.max(1, Math.floor(bytesPerSecond / 10))
  let freeAtMs = 0
  return {
    pieceLength: () => most,
    waitMs: (sentBytes, passedMs) => {
      freeAtMs = Math.max(freeAtMs, passedMs) + (sentBytes * 1_000) / bytesPerSecond
      return freeAtMs - passedMs
    },
  }
}

function splitPace({ at, maxChunkBytes, delayMs }: Split): Pace {
  const pieceLength =
    at === 'bytes' ? () => maxChunkBytes : (bytes: Buffer) => firstCut(at, bytes) ?? bytes.length
  return { pieceLength, waitMs: () => delayMs }
}

/** What a stream sends so that there is something to cut. */
function splittable({ at }: Split, text: string): string {
  if (at === 'crlf') return text.replaceAll('\n', '\r\n')
  return at === 'utf-8' ? `: é\n${text}` : text
}

const CR = 0x0d
const LF = 0x0a
/** The first byte of a sequence of several [utf-8 §3]. */
const LEAD_BYTE = 0xc2
const FIELD_NAMES = ['data:', 'event:', 'id:', 'retry:']

function firstCut(at: Exclude<Split['at'], 'bytes'>, bytes: Buffer): number | undefined {
  if (at === 'field-name') return insideFieldName(bytes)
  for (let index = 0; index + 1 < bytes.length; index += 1) {
    const byte = bytes[index] ?? 0
    const isCut = at === 'utf-8' ? byte >= LEAD_BYTE : byte === CR && bytes[index + 1] === LF
    if (isCut) return index + 1
  }
  return undefined
}

function insideFieldName(bytes: Buffer): number | undefined {
  const found = FIELD_NAMES.map((name) => bytes.indexOf(name)).filter((index) => index !== -1)
  return found.length === 0 ? undefined : Math.min(...found) + 1
}
