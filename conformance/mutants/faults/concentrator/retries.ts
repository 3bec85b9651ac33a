import type { ConcentratorFaults } from '../../concentrator/concentrator-faults.ts'
import { fieldValue } from '../../http/head.ts'
import type { Fault } from '../fault.ts'

/** Ways to treat a back end wrongly that was lost, refuses, or sends us elsewhere. */
export const RETRY_FAULTS: readonly Fault<ConcentratorFaults>[] = [
  {
    name: 'exact-ct-match',
    description: 'takes only what is text/event-stream to the letter for a stream',
    points: () => ({
      backend: {
        accepts: (head) =>
          head.status === 200 && fieldValue(head, 'content-type') === 'text/event-stream',
      },
    }),
  },
  {
    name: 'any-type-is-stream',
    description: 'takes every answer with 200 for a stream',
    points: () => ({ backend: { accepts: ({ status }) => status === 200 } }),
  },
  {
    name: 'any-status-is-stream',
    description: 'takes every event stream for one, whatever its status',
    points: () => ({
      backend: {
        accepts: (head) =>
          fieldValue(head, 'content-type')?.startsWith('text/event-stream') === true,
      },
    }),
  },
  losing('gives-up-backend', 'does not come back to a back end that was lost', () => 'give-up'),
  losing('gives-up-after-abort', 'does not come back to a back end whose stream broke off', (how) =>
    how === 'cut' ? 'give-up' : 'retry',
  ),
  losing('gives-up-after-end', 'does not come back to a back end that ended its stream', (how) =>
    how === 'complete' ? 'give-up' : 'retry',
  ),
  losing('gives-up-on-refusal', 'does not come back to a back end that had no stream', (how) =>
    how === 'refused' ? 'give-up' : 'retry',
  ),
  losing('ends-clients-with-backend', 'ends every stream when a back end is lost', (how) =>
    how === 'refused' ? 'retry' : 'end-clients',
  ),
  losing('refusal-ends-clients', 'ends every stream when a back end has none', (how) =>
    how === 'refused' ? 'end-clients' : 'retry',
  ),
  waiting('hammers', 'comes back after 1 ms, always', () => 1),
  waiting('comes-back-late', 'comes back after 3 s, always', () => 3000),
  waiting('backoff-without-cap', 'doubles its wait for ever', (attempt) => 50 * 2 ** attempt),
  {
    name: 'backoff-never-resets',
    description: 'goes on doubling its wait after a success',
    points: () => ({
      backend: { resetsBackoff: false, waitMs: (attempt) => Math.min(50 * 2 ** attempt, 60_000) },
    }),
  },
  {
    name: 'ignores-retry-field',
    description: 'waits as it likes, whatever the back end says',
    points: () => ({ backend: { retryField: 'ignored' } }),
  },
  {
    name: 'waits-for-head-forever',
    description: 'never gives up a back end that accepts and does not answer',
    points: () => ({ backend: { headTimeoutMs: 0 } }),
  },
  {
    name: 'no-redirects',
    description: 'does not follow redirects',
    points: () => ({ backend: { redirect: 'refuse' } }),
  },
  {
    name: 'redirect-leaks-credentials',
    description: 'sends credentials wherever it is sent',
    points: () => ({ backend: { redirect: 'with-credentials' } }),
  },
  {
    name: 'no-cookies',
    description: 'forgets cookies of back ends',
    points: () => ({ backend: { cookies: 'none' } }),
  },
  {
    name: 'cookies-for-all',
    description: 'sends the cookies of one back end to all of them',
    points: () => ({ backend: { jar: new Map() } }),
  },
]

type Lost = NonNullable<NonNullable<ConcentratorFaults['backend']>['lost']>

function losing(name: string, description: string, lost: Lost): Fault<ConcentratorFaults> {
  return { name, description, points: () => ({ backend: { lost } }) }
}

function waiting(
  name: string,
  description: string,
  waitMs: (attempt: number) => number,
): Fault<ConcentratorFaults> {
  return { name, description, points: () => ({ backend: { waitMs } }) }
}
