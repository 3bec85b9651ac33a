import { randomInt } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'

import type { ConcentratorFaults } from '../../concentrator/concentrator-faults.ts'
import { growingWaitMs } from '../../concentrator/upstream/back-end-connection.ts'
import { isStreamOr } from '../../concentrator/upstream/backend-request.ts'
import { fieldValue, type RequestHead } from '../../http/head.ts'
import { sanitiseUtf8 } from '../../stages/bytes.ts'
import { gunzip } from '../../stages/gzip.ts'
import type { StageFactory } from '../../stages/stage.ts'
import { mapText } from '../../stages/text.ts'
import type { Fault } from '../fault.ts'

const LARGE_BYTES = 65_536
const SEGMENT_FRAMES = 100
const SMALL_LOG_FRAMES = 200
const BYTES_PER_MS = 2048
/** A first wait that no back end has asked for. */
const SHORT_WAIT_MS = 50

/** Harmless differences of a concentrator: every check must pass them. */
export const CONCENTRATOR_BENIGN_VARIANTS: readonly Fault<ConcentratorFaults>[] = [
  {
    name: 'heartbeats-often',
    description: 'sends a comment after 50 ms of silence',
    points: () => ({ member: { heartbeatMs: 50 } }),
  },
  {
    name: 'blank-line-heartbeats',
    description: 'sends a blank line after 100 ms of silence',
    points: () => ({ member: { heartbeatMs: 100, heartbeat: '\r\n' } }),
  },
  {
    name: 'opaque-ids',
    description: 'gives ids that are neither numbers nor in any visible order',
    points: () => {
      const run = randomInt(2 ** 32).toString(36)
      return { log: { id: (sequence) => opaqueId(run, sequence) } }
    },
  },
  {
    name: 'numeric-ids',
    description: 'gives ids that are plain numbers with gaps',
    points: () => {
      const start = Date.now() * 1000
      return { log: { id: (sequence) => String(start + sequence * 7) } }
    },
  },
  {
    name: 'unicode-ids',
    description: 'gives ids with a character outside of Latin-1',
    points: () => {
      const run = randomInt(2 ** 32).toString(36)
      return { log: { id: (sequence) => `№${run}-${sequence}`, lastEventId: decodedId } }
    },
  },
  {
    name: 'log-in-segments',
    description: 'evicts half of its log at once, so that it holds more than it must',
    points: () => ({ log: { spareFrames: SEGMENT_FRAMES } }),
    only: ['replay.*', 'gap.*'],
  },
  {
    name: 'small-log',
    description: 'keeps 200 events',
    points: () => ({ log: { maxFrames: SMALL_LOG_FRAMES } }),
  },
  {
    name: 'replays-in-pieces',
    description: 'sends eight events of a replay every 200 ms',
    points: () => ({ member: { piece: { frames: 8, everyMs: 200 } } }),
    only: ['replay.*', 'gap.*'],
  },
  {
    name: 'resets-back-ends',
    description: 'ends its connections to back ends with a reset',
    points: () => ({ backend: { resets: true } }),
    only: ['up.*', 'life.*', 'stop.*', 'chain.*', 'union.*'],
  },
  {
    name: 'lower-case-request',
    description: 'writes the field names of its requests in lower case',
    points: () => ({
      backend: {
        request: (head) => ({
          ...head,
          fields: head.fields.map(([name, value]) => [name.toLowerCase(), value]),
        }),
      },
    }),
    only: ['up.*', 'chain.*', 'config.*'],
  },
  {
    name: 'reconnects-slowly',
    description: 'waits 150 to 900 ms before it reconnects to a lost back end',
    points: () => ({
      backend: {
        waitMs: (attempt, firstMs) => Math.max(firstMs, Math.min(150 * 2 ** attempt, 900)),
      },
    }),
  },
  {
    name: 'id-last',
    description: 'writes its ids after the fields of an event',
    points: () => ({ member: { idLast: true } }),
  },
  {
    name: 'pads-64k',
    description: 'begins a stream with a comment of 64 KiB and a retry field',
    points: () => ({ member: { opening: Buffer.from(`:${' '.repeat(65_536)}\nretry: 5000\n\n`) } }),
  },
  {
    name: 'crlf-lines',
    description: 'ends its lines with CRLF',
    points: () => ({ body: mapText((text) => text.replaceAll(/\r\n|\r|\n/g, '\r\n')) }),
  },
  {
    name: 'comment-before-each',
    description: 'writes a comment before each event',
    points: () => ({ body: mapText((text) => `: next\n${text}`) }),
  },
  {
    name: 'obeys-retry',
    description: 'obeys the retry field of a back end without a bound',
    points: () => ({ backend: { retryField: 'unbounded' } }),
  },
  {
    name: 'decodes-text',
    description: 'replaces malformed UTF-8',
    points: () => ({ backend: { intake: sanitiseUtf8 } }),
  },
  {
    name: 'decodes-gzip',
    description: 'decompresses the streams of back ends',
    points: () => ({ backend: { accepts: isStreamOr('gzip'), intake: gunzip('one-each') } }),
    only: ['up.*', 'union.*', 'life.*'],
  },
  {
    name: 'remembers-redirects-while-good',
    description: 'requests the URL of a permanent redirect until that fails',
    points: () => ({ backend: { redirectMemory: 'until-refused' } }),
    only: ['up.*', 'life.*'],
  },
  {
    name: 'few-interims',
    description: 'disconnects from a back end that sends more than 20 interim responses',
    points: () => ({ backend: { mostInterim: 20, interimsEnd: true } }),
    only: ['up.*'],
  },
  {
    name: 'two-retries-at-once',
    description: 'retries twice without a wait, then with growing waits',
    points: () => ({
      backend: {
        waitMs: (attempt, firstMs) =>
          attempt < 2 && firstMs <= SHORT_WAIT_MS ? 1 : growingWaitMs(attempt, firstMs),
      },
    }),
    only: ['up.*', 'life.*'],
  },
  {
    name: 'random-waits',
    description: 'waits for half of the growing time at least, and a random part of the rest',
    points: () => ({
      backend: {
        waitMs: (attempt, firstMs) => {
          const grownMs = growingWaitMs(attempt, firstMs)
          const leastMs = firstMs <= SHORT_WAIT_MS ? grownMs / 2 : grownMs
          return randomInt(leastMs, grownMs + 1)
        },
      },
    }),
    only: ['up.*', 'life.*'],
  },
  {
    name: 'poll-one-second',
    description: 'ends a long poll without an event after one second',
    points: () => ({ limits: { pollHoldMs: 1000 } }),
    only: ['poll.*'],
  },
  {
    name: 'slow-with-large',
    description: 'takes a millisecond for every two kilobytes of a large event',
    points: () => ({ body: slowWithLarge }),
  },
]

function opaqueId(run: string, sequence: number): string {
  const scrambled = Math.imul(sequence, 0x9e3779b1) >>> 0
  return `urn:x:${run}:${scrambled.toString(36)};${sequence.toString(36)}`
}

/** A header has the UTF-8 of an id, one character per byte [sse §9.2.3]; a query has characters. */
function decodedId(asked: string, request: RequestHead): string {
  const isInHeader = fieldValue(request, 'last-event-id') !== undefined
  return isInHeader ? Buffer.from(asked, 'latin1').toString() : asked
}

async function later(before: Promise<void>, ms: number, act: () => void): Promise<void> {
  await before
  if (ms > 0) await delay(ms)
  act()
}

/** In order: what follows a large piece waits for it. */
function slowWithLarge({ emit, finish, fail }: Parameters<StageFactory>[0]) {
  let before = Promise.resolve()
  return {
    push: (bytes: Buffer) => {
      const ms = bytes.length > LARGE_BYTES ? bytes.length / BYTES_PER_MS : 0
      before = later(before, ms, () => emit(bytes))
    },
    end: () => {
      before = later(before, 0, finish)
    },
    abort: () => {
      before = later(before, 0, fail)
    },
  }
}
