import type { ConcentratorFaults } from '../../concentrator/concentrator-faults.ts'
import type { Frame } from '../../concentrator/event-log.ts'
import { fieldValue } from '../../http/head.ts'
import type { Fault } from '../fault.ts'

/** Frames in the log of the variant `tight` when it is full. */
const FULL_LOG = 100

/** Replay faults. */
export const REPLAY_FAULTS: readonly Fault<ConcentratorFaults>[] = [
  {
    name: 'empty-id-is-unknown',
    description: 'takes an empty id for an unknown one',
    points: () => ({
      log: {
        lastEventId: (asked, { fields }) =>
          asked === '' && fields.some(([name]) => name.toLowerCase() === 'last-event-id')
            ? 'unknown'
            : asked,
      },
    }),
  },
  {
    name: 'edge-loses-oldest',
    description: 'omits the oldest event of its log for a client that has all before it',
    points: () => ({
      log: {
        replay: (missed, all) =>
          missed !== undefined && missed.length === all.length && all.length >= FULL_LOG
            ? missed.slice(1)
            : missed,
      },
    }),
  },
  {
    name: 'first-id-is-none',
    description: 'takes the id before the first event for none',
    points: () => ({ log: { lastEventId: (asked) => (asked.endsWith('-0') ? '' : asked) } }),
  },
  replaying('drop-leid', 'replays nothing', () => []),
  replaying('replay-off-by-one', 'omits the first missed event', (missed) => missed.slice(1)),
  replaying('replay-skips-last', 'omits the newest missed event', (missed) => missed.slice(0, -1)),
  replaying(
    'replay-from-start',
    "replays its whole log, ignoring the client's id",
    (_missed, all) => all,
  ),
  replaying('replay-reversed', 'replays in reverse order', (missed) => missed.toReversed()),
  replaying('replay-at-most-100', 'replays at most the newest 100 missed events', (missed) =>
    missed.slice(-100),
  ),
  replaying(
    'replay-includes-last',
    'also replays the last event that the client has',
    (missed, all) => all.slice(-missed.length - 1),
  ),
  replaying('replay-loses-type', 'replays events without their type', (missed) =>
    missed.map((frame) => rewrite(frame, (text) => text.replaceAll(/^event:.*\n/gm, ''))),
  ),
  replaying('replay-joins-lines', 'joins the data lines of replayed events', (missed) =>
    missed.map((frame) => rewrite(frame, (text) => text.replaceAll(/\ndata:/g, ' '))),
  ),
  replaying('replay-without-ids', 'replays events with an empty id', (missed) =>
    missed.map((frame) => ({ ...frame, id: '' })),
  ),
  replaying('replay-newest-id', 'gives every replayed event the id of the newest', (missed, all) =>
    missed.map((frame) => ({ ...frame, id: all.at(-1)?.id ?? '' })),
  ),
  replaying(
    'replay-power-of-two',
    'omits an event when the number of missed ones is a power of two above 2',
    (missed) =>
      missed.length > 2 && Number.isInteger(Math.log2(missed.length)) ? missed.slice(1) : missed,
  ),
  replaying('replay-cuts-large', 'replays at most 64 KiB of an event', (missed) =>
    missed.map((frame) =>
      frame.bytes.length > 65_536
        ? { ...frame, bytes: Buffer.concat([frame.bytes.subarray(0, 65_536), Buffer.from('\n\n')]) }
        : frame,
    ),
  ),
  replaying('replay-first-back-end', 'replays the events of the first back end only', (missed) =>
    missed.filter(({ backend }) => backend === 0),
  ),
  {
    name: 'replays-once',
    description: 'replays nothing to a second client with the same id',
    points: () => {
      const used = new Set<string>()
      const replay = (missed: readonly Frame[] | undefined, _all: readonly Frame[], id: string) => {
        const isUsed = used.has(id)
        used.add(id)
        return isUsed ? [] : missed
      }
      return { log: { replay } }
    },
  },
  {
    name: 'log-ends-with-back-end',
    description: 'empties its log when a back end is lost',
    points: () => ({ log: { endsWithBackEnd: true } }),
  },
  {
    name: 'exact-id-field',
    description: 'finds Last-Event-ID only in this spelling',
    points: () => ({
      log: {
        lastEventId: (asked, { fields }) => {
          const names = fields.map(([name]) => name)
          const isOther = names.some((name) => name.toLowerCase() === 'last-event-id')
          return isOther && !names.includes('Last-Event-ID') ? '' : asked
        },
      },
    }),
  },
  {
    name: 'query-before-header',
    description: 'prefers the id in the query to the one in the header',
    points: () => ({
      log: {
        lastEventId: (asked, { target }) =>
          new URLSearchParams(/\?([^#]*)/.exec(target)?.[1]).get('lastEventId') || asked,
      },
    }),
  },
  {
    name: 'back-end-ids',
    description: 'forwards the ids of back ends after its own',
    points: () => ({ backend: { forwardsIds: true } }),
  },
  {
    name: 'no-early-id',
    description: 'sends no id before the first event',
    points: () => ({ member: { earlyId: false } }),
  },
  {
    name: 'return-head-waits',
    description: 'sends a returning client its response head with the first event',
    points: () => ({
      holdsHead: (request) => fieldValue(request, 'last-event-id') !== undefined,
      member: { earlyId: false, heartbeatMs: 86_400_000 },
    }),
  },
  {
    name: 'log-half-as-long',
    description: 'keeps half as many events as it claims',
    points: () => ({ limits: { logEvents: 50 } }),
  },
  {
    name: 'same-id-for-all',
    description: 'gives every event the same id',
    points: () => ({ log: { id: () => 'event' } }),
  },
  {
    name: 'history-to-newcomers',
    description: 'replays its whole log to new clients',
    points: () => ({ log: { greeting: (all) => all } }),
  },
]

function replaying(
  name: string,
  description: string,
  choose: (missed: readonly Frame[], all: readonly Frame[]) => readonly Frame[],
): Fault<ConcentratorFaults> {
  const replay = (missed: readonly Frame[] | undefined, all: readonly Frame[]) =>
    missed === undefined ? undefined : choose(missed, all)
  return { name, description, points: () => ({ log: { replay } }) }
}

function rewrite(frame: Frame, change: (text: string) => string): Frame {
  return { ...frame, bytes: Buffer.from(change(frame.bytes.toString('latin1')), 'latin1') }
}
