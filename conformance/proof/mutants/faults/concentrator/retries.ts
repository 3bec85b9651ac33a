import type { ConcentratorFaults } from '../../concentrator/concentrator-faults.ts'
import { isEventStream } from '../../concentrator/upstream/backend-request.ts'
import { fieldValue } from '../../http/head.ts'
import type { Fault } from '../fault.ts'

/** Ways to treat a back end wrongly that was lost, refuses, or sends us elsewhere. */
export const RETRY_FAULTS: readonly Fault<ConcentratorFaults>[] = [
  {
    name: 'exact-ct-match',
    description: 'takes only what is exactly text/event-stream for a stream',
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
  losing('gives-up-backend', 'does not reconnect to a back end that was lost', () => 'give-up'),
  losing('gives-up-after-abort', 'does not reconnect to a back end whose stream broke off', (how) =>
    how === 'cut' ? 'give-up' : 'retry',
  ),
  losing('gives-up-after-end', 'does not reconnect to a back end that ended its stream', (how) =>
    how === 'complete' ? 'give-up' : 'retry',
  ),
  losing('gives-up-on-refusal', 'does not reconnect to a back end that had no stream', (how) =>
    how === 'refused' ? 'give-up' : 'retry',
  ),
  losing('ends-clients-with-backend', 'ends every stream when a back end is lost', (how) =>
    how === 'refused' ? 'retry' : 'end-clients',
  ),
  losing('refusal-ends-clients', 'ends every stream when a back end has none', (how) =>
    how === 'refused' ? 'end-clients' : 'retry',
  ),
  waiting('waits-250ms', 'retries every 250 ms', () => 250),
  waiting('hammers', 'retries every millisecond', () => 1),
  waiting('comes-back-late', 'retries every 3 s', () => 3000),
  waiting('backoff-without-cap', 'doubles its wait for ever', (attempt) => 50 * 2 ** attempt),
  {
    name: 'backoff-never-resets',
    description: 'keeps doubling its wait after a success',
    points: () => ({
      backend: { resetsBackoff: false, waitMs: (attempt) => Math.min(50 * 2 ** attempt, 60_000) },
    }),
  },
  {
    name: 'ignores-retry-field',
    description: 'ignores the retry field of the back end',
    points: () => ({ backend: { retryField: 'ignored' } }),
  },
  {
    name: 'waits-for-head-forever',
    description: 'never gives up a back end that accepts and does not answer',
    points: () => ({ backend: { headTimeoutMs: 0 } }),
  },
  {
    name: 'ignores-retry-after',
    description: 'ignores Retry-After of a refusal',
    points: () => ({ backend: { retryAfter: 'ignored' } }),
  },
  {
    name: 'never-misses-back-end',
    description: 'keeps a connection to a back end however long that is silent',
    points: () => ({ backend: { silenceMs: 86_400_000 } }),
  },
  {
    name: 'comments-are-silence',
    description: 'takes a back end that sends only comments for silent',
    points: () => ({ backend: { soundsAlive: (bytes) => bytes.includes('data') } }),
  },
  {
    name: 'leaves-silent-back-end',
    description: 'leaves a back end that is silent for 10 s',
    points: () => ({ backend: { silenceMs: 10_000 } }),
  },
  {
    name: 'unbounded-event',
    description: 'reads an event however long it is',
    points: () => ({ backend: { maxFrameBytes: Infinity } }),
  },
  {
    name: 'forgets-last-id',
    description: 'does not say which event it has seen last',
    points: () => ({ backend: { lastEventId: () => '' } }),
  },
  {
    name: 'keeps-id-on-reset',
    description: 'keeps the last id when the back end takes it back',
    points: () => ({ backend: { keepsIdOnReset: true } }),
  },
  {
    name: 'id-at-once',
    description: 'takes an id for seen before its event is complete',
    points: () => ({ backend: { idsAtOnce: true } }),
  },
  {
    name: 'recodes-last-id',
    description: 'sends the bytes of an id as if each were a character of its own',
    points: () => ({
      backend: { lastEventId: (right) => Buffer.from(right, 'utf8').toString('latin1') },
    }),
  },
  {
    name: 'redirects-302-only',
    description: 'follows no redirect but 302',
    points: () => ({ backend: { redirect: 'only-302' } }),
  },
  {
    name: 'follows-for-ever',
    description: 'follows every redirect, however many came before',
    points: () => ({ backend: { redirect: 'for-ever' } }),
  },
  {
    name: 'http11-only',
    description: 'takes an answer in HTTP/1.0 for none',
    points: () => ({
      backend: { accepts: (head) => head.version === '1.1' && isEventStream(head) },
    }),
  },
  {
    name: 'interim-is-final',
    description: 'takes an interim answer for the last one',
    points: () => ({ backend: { interim: 'final' } }),
  },
  {
    name: 'lower-case-chunk-size',
    description: 'reads chunk sizes in lower case and without leading zeros only',
    points: () => ({
      backend: { chunkSize: (line) => sizeIn(line, /^(0|[1-9a-f][\da-f]*)(?:;|$)/) },
    }),
  },
  {
    name: 'no-chunk-extensions',
    description: 'takes a chunk with an extension for none',
    points: () => ({ backend: { chunkSize: (line) => sizeIn(line, /^([\da-f]+)$/i) } }),
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

function sizeIn(line: string, pattern: RegExp): number | undefined {
  const [, size] = pattern.exec(line) ?? []
  return size === undefined ? undefined : Number.parseInt(size, 16)
}

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
