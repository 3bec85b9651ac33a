import type { ConcentratorFaults } from '../../concentrator/concentrator-faults.ts'
import type { Frame } from '../../concentrator/event-log.ts'
import type { Fault } from '../fault.ts'

/** Replay faults. */
export const REPLAY_FAULTS: readonly Fault<ConcentratorFaults>[] = [
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
  {
    name: 'no-early-id',
    description: 'sends no id before the first event',
    points: () => ({ member: { earlyId: false } }),
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
