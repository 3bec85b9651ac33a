import type { ConcentratorFaults } from '../../concentrator/concentrator-faults.ts'
import type { Frame } from '../../concentrator/event-log.ts'
import { gapFrame } from '../../concentrator/resync.ts'
import { fieldValue, type RequestHead, type ResponseHead } from '../../http/head.ts'
import { when } from '../../stages/stage.ts'
import type { Fault } from '../fault.ts'

const FAULT: ResponseHead = {
  status: 500,
  reason: 'Internal Server Error',
  fields: [['Content-Length', '0']],
}

const BAD: ResponseHead = { status: 400, reason: 'Bad Request', fields: [['Content-Length', '0']] }

/** Faults towards a client with an unknown id. */
export const RESYNC_FAULTS: readonly Fault<ConcentratorFaults>[] = [
  resyncing('silent-gap', 'sends neither a gap event nor announcements', () => []),
  resyncing(
    'no-gap-event',
    'announces known change logs again without a gap event',
    ([, ...known]) => known,
  ),
  resyncing('no-resync', 'sends a gap event without announcements', ([gap]) =>
    gap === undefined ? [] : [gap],
  ),
  resyncing('resync-newest-only', 'announces only the newest change log again', ([gap, ...known]) =>
    [gap, known.at(-1)].filter((frame) => frame !== undefined),
  ),
  resyncing('resync-at-most-ten', 'announces ten change logs again, and no more', (right) =>
    right.slice(0, 11),
  ),
  {
    name: 'gap-echoes-id',
    description: 'gives the gap event the id that the client has sent, whatever it holds',
    points: () => ({
      log: {
        replay: (missed, _all, lastEventId) =>
          missed ?? [{ ...gapFrame(lastEventId), id: lastEventId }],
      },
    }),
  },
  resyncing(
    'gap-event-without-data',
    'sends a gap event without data, which clients ignore',
    ([gap, ...known]) =>
      gap === undefined
        ? known
        : [{ ...gap, bytes: Buffer.from('event: sse-proxy-gap\n\n') }, ...known],
  ),
  resyncing('gap-keeps-id', 'sends the gap event and what follows it with an empty id', (right) =>
    right.map((frame) => ({ ...frame, id: '' })),
  ),
  {
    name: 'silent-outage',
    description: 'tells no client that events may have been missed in an outage',
    points: () => ({ backend: { outage: 'silent' } }),
  },
  {
    name: 'resync-for-all',
    description: 'announces again to every client when one needs it',
    points: () => ({ log: { resyncsAll: true } }),
  },
  {
    name: 'replay-all-when-unknown',
    description: 'replays its whole log to a client with an unknown id',
    points: () => ({ log: { replay: (missed, all) => missed ?? all } }),
  },
  {
    name: 'gap-for-all',
    description: 'sends the gap event to every reconnecting client',
    points: () => ({
      log: {
        replay: (missed, all) =>
          missed === undefined ? undefined : [gapFrame(all.at(-1)?.id ?? ''), ...missed],
      },
    }),
  },
  {
    name: 'odd-id-hangs',
    description: 'sends nothing, not even a head, to a client with a malformed id',
    points: () => ({
      holdsHead: hasOddId,
      body: when(
        ({ request }) => hasOddId(request),
        () => ({ push: () => {} }),
      ),
    }),
  },
  {
    name: 'odd-id-400',
    description: 'answers 400 to a malformed id',
    points: () => ({
      member: { answer: (request) => (hasOddId(request) ? BAD : undefined) },
    }),
  },
  {
    name: 'decodes-ids',
    description: 'decodes the id of a client, and answers 500 to a lone %',
    points: () => ({
      member: { answer: (request) => (hasLonePercent(request) ? FAULT : undefined) },
    }),
  },
  {
    name: 'long-id-hangs',
    description: 'sends nothing, not even a head, to a client whose id is longer than 256 bytes',
    points: () => ({
      holdsHead: hasLongId,
      body: when(
        ({ request }) => hasLongId(request),
        () => ({ push: () => {} }),
      ),
    }),
  },
  {
    name: 'long-id-500',
    description: 'answers 500 to an id that is longer than 256 bytes',
    points: () => ({
      member: {
        answer: (request) => (hasLongId(request) ? FAULT : undefined),
      },
    }),
  },
  {
    name: 'reads-encoded-query-id',
    description: 'compares the id in the query without decoding it',
    points: () => ({
      log: {
        lastEventId: (asked, { target }) => /[?&]lastEventId=([^&]*)/.exec(target)?.[1] ?? asked,
      },
    }),
  },
  {
    name: 'ignores-query-id',
    description: 'ignores an id in the query',
    points: () => ({
      log: {
        lastEventId: (asked, { fields }) =>
          fields.some(([name]) => name.toLowerCase() === 'last-event-id') ? asked : '',
      },
    }),
  },
  {
    name: 'ids-start-at-1',
    description: 'counts events from 1 in every run, so that an old id matches another event',
    points: () => ({ log: { id: String } }),
  },
]

function hasOddId(request: RequestHead): boolean {
  return /[^\w:;.-]/.test(fieldValue(request, 'last-event-id') ?? '')
}

function hasLonePercent(request: RequestHead): boolean {
  return /%(?![\da-f]{2})/i.test(fieldValue(request, 'last-event-id') ?? '')
}

function hasLongId(request: RequestHead): boolean {
  return (fieldValue(request, 'last-event-id') ?? '').length > 256
}

function resyncing(
  name: string,
  description: string,
  resync: (right: readonly Frame[]) => readonly Frame[],
): Fault<ConcentratorFaults> {
  return { name, description, points: () => ({ log: { resync } }) }
}
