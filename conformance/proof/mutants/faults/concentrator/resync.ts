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

/** Ways to treat a client wrongly whose id is unknown. */
export const RESYNC_FAULTS: readonly Fault<ConcentratorFaults>[] = [
  resyncing('silent-gap', 'says nothing about a gap, and announces nothing again', () => []),
  resyncing(
    'no-gap-event',
    'announces again what it knows, and does not say why',
    ([, ...known]) => known,
  ),
  resyncing('no-resync', 'says that there is a gap, and announces nothing again', ([gap]) =>
    gap === undefined ? [] : [gap],
  ),
  resyncing('resync-newest-only', 'announces the newest change log again', ([gap, ...known]) =>
    [gap, known.at(-1)].filter((frame) => frame !== undefined),
  ),
  resyncing(
    'gap-event-without-data',
    'sends a gap event without data, which clients ignore',
    ([gap, ...known]) =>
      gap === undefined
        ? known
        : [{ ...gap, bytes: Buffer.from('event: sse-proxy-gap\n\n') }, ...known],
  ),
  {
    name: 'resync-for-all',
    description: 'announces again to everybody when one client needs it',
    points: () => ({ log: { resyncsAll: true } }),
  },
  {
    name: 'replay-all-when-unknown',
    description: 'replays all it has to a client whose id it does not know',
    points: () => ({ log: { replay: (missed, all) => missed ?? all } }),
  },
  {
    name: 'gap-for-everybody',
    description: 'sends the gap event to every returning client',
    points: () => ({
      log: {
        replay: (missed, all) =>
          missed === undefined ? undefined : [gapFrame(all.at(-1)?.id ?? ''), ...missed],
      },
    }),
  },
  {
    name: 'odd-id-hangs',
    description: 'sends nothing, not even a head, to a client whose id is no word',
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
    description: 'answers 400 to an id that is no word',
    points: () => ({
      member: { answer: (request) => (hasOddId(request) ? BAD : undefined) },
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
    name: 'ignores-query-id',
    description: 'does not look for an id in the query',
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
