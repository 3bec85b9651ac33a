import type { ConcentratorFaults } from '../../concentrator/concentrator-faults.ts'
import type { PollFaults } from '../../concentrator/long-poll.ts'
import type { Fault } from '../fault.ts'

function polling(name: string, description: string, poll: PollFaults): Fault<ConcentratorFaults> {
  return { name, description, points: () => ({ poll }) }
}

/** Faults of long polling. */
export const POLL_FAULTS: readonly Fault<ConcentratorFaults>[] = [
  polling('poll-never-ends', 'answers a long poll with a stream that stays open', {
    ends: 'never',
  }),
  polling('poll-ends-at-once', 'ends a long poll before it has an event', { ends: 'at-once' }),
  polling('poll-resets', 'resets the connection of a long poll instead of ending its response', {
    ends: 'by-reset',
  }),
  polling('poll-ends-all', 'ends every stream soon after its first event', {
    ends: 'for-everyone',
  }),
  polling('poll-holds-for-ever', 'never ends a long poll that gets no event', {
    holdsForEver: true,
  }),
  polling('poll-without-ids', 'gives long polls no ids', { withoutIds: true }),
  polling('poll-forgets-id', 'gives long polls only the events that come later', {
    position: 'forgotten',
  }),
  polling('poll-repeats-last', 'gives the next long poll the last event again', {
    position: 'one-back',
  }),
]
