import type { ConcentratorFaults } from '../../concentrator/concentrator-faults.ts'
import {
  isEventStream,
  isLabelledEventStream,
  isStreamOr,
} from '../../concentrator/upstream/backend-request.ts'
import { fieldValue } from '../../http/head.ts'
import type { Fault } from '../fault.ts'

/** Faults in retries, and in handling refusals and redirects of back ends. */
export const RETRY_FAULTS: readonly Fault<ConcentratorFaults>[] = [
  {
    name: 'exact-ct-match',
    description: 'accepts only a Content-Type of exactly text/event-stream',
    points: () => ({
      backend: {
        accepts: (head) =>
          head.status === 200 && fieldValue(head, 'content-type') === 'text/event-stream',
      },
    }),
  },
  {
    name: 'any-type-is-stream',
    description: 'accepts every response with 200 as a stream',
    points: () => ({ backend: { accepts: ({ status }) => status === 200 } }),
  },
  {
    name: 'any-status-is-stream',
    description: 'accepts an event stream with any status',
    points: () => ({
      backend: {
        accepts: (head) =>
          fieldValue(head, 'content-type')?.startsWith('text/event-stream') === true,
      },
    }),
  },
  losing('gives-up-backend', 'does not reconnect to a lost back end', () => 'give-up'),
  losing('gives-up-after-abort', 'does not reconnect to a back end whose stream broke off', (how) =>
    how === 'cut' ? 'give-up' : 'retry',
  ),
  losing('gives-up-after-end', 'does not reconnect to a back end that ended its stream', (how) =>
    how === 'complete' ? 'give-up' : 'retry',
  ),
  losing('gives-up-on-refusal', 'does not reconnect to a back end that sent no stream', (how) =>
    how === 'refused' ? 'give-up' : 'retry',
  ),
  losing('ends-clients-with-backend', 'ends every stream when a back end is lost', (how) =>
    how === 'refused' ? 'retry' : 'end-clients',
  ),
  losing('refusal-ends-clients', 'ends every stream when a back end sends none', (how) =>
    how === 'refused' ? 'end-clients' : 'retry',
  ),
  waiting('waits-250ms', 'retries every 250 ms', () => 250),
  {
    name: 'hammers-login',
    description: 'repeats a request at once that was answered with 401',
    points: () => ({ backend: { impatientAfter: 401 } }),
  },
  waiting('hammers', 'retries every millisecond', () => 1),
  // Far later than the check waits, also on a machine where its waits are several times as long.
  waiting('comes-back-late', 'retries every minute', () => 60_000),
  waiting(
    'backoff-without-cap',
    'waits four times as long after each attempt, without a limit',
    (attempt) => 50 * 4 ** attempt,
  ),
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
    name: 'obeys-retry-zero',
    description: 'retries without a wait when a back end sends retry: 0',
    points: () => ({ backend: { retryField: 'from-zero' } }),
  },
  {
    name: 'retry-overflows-timer',
    description: 'retries at once when the retry field is longer than a timer can run',
    points: () => ({ backend: { retryField: 'overflows' } }),
  },
  {
    name: 'guesses-retry',
    description: 'obeys a retry field that is not a number',
    points: () => ({ backend: { retryField: 'guessed' } }),
  },
  {
    name: 'forwards-any-retry',
    description: 'forwards a retry field with any value',
    points: () => ({ backend: { forwardsAnyRetry: true } }),
  },
  {
    name: 'head-timer-restarts',
    description: 'restarts the wait for a response head with each byte',
    points: () => ({ backend: { headTimer: 'restarts' } }),
  },
  {
    name: 'stuck-after-interims',
    description: 'reads nothing more after 100 interim responses',
    points: () => ({ backend: { mostInterim: 100, headTimeoutMs: 0 } }),
  },
  {
    name: 'waits-for-head-forever',
    description: 'waits for ever for a back end that accepts and does not answer',
    points: () => ({ backend: { headTimeoutMs: 0 } }),
  },
  {
    name: 'ignores-retry-after',
    description: 'ignores Retry-After of a refusal',
    points: () => ({ backend: { retryAfter: 'ignored' } }),
  },
  {
    name: 'ignores-retry-dates',
    description: 'ignores a Retry-After that is a date',
    points: () => ({ backend: { retryAfter: 'seconds-only' } }),
  },
  {
    name: 'guesses-retry-after',
    description: 'retries at once after a Retry-After that is no number, or too large for a timer',
    points: () => ({ backend: { retryAfter: 'guessed' } }),
  },
  {
    name: 'bad-retry-after-is-final',
    description: 'stays away for an hour after a Retry-After that it cannot read',
    points: () => ({ backend: { retryAfter: 'final-when-bad' } }),
  },
  {
    name: 'never-misses-back-end',
    description: 'never replaces a silent back end connection',
    points: () => ({ backend: { silenceMs: 86_400_000 } }),
  },
  {
    name: 'comments-are-silence',
    description: 'treats a back end that sends only comments as silent',
    points: () => ({ backend: { soundsAlive: (bytes) => bytes.includes('data') } }),
  },
  {
    name: 'leaves-silent-back-end',
    description: 'disconnects from a back end after 10 s of silence',
    points: () => ({ backend: { silenceMs: 10_000 } }),
  },
  {
    name: 'unbounded-event',
    description: 'reads events of any size',
    points: () => ({ backend: { maxFrameBytes: Infinity } }),
  },
  losing('gives-up-on-garbage', 'does not reconnect after anything but a proper end', (how) =>
    how === 'complete' ? 'retry' : 'give-up',
  ),
  {
    name: 'success-at-once',
    description: 'counts an open stream as a success before it has lasted',
    points: () => ({ backend: { success: 'at-once' } }),
  },
  {
    name: 'exact-field-names',
    description: 'finds Content-Type only in this spelling',
    points: () => ({
      backend: {
        accepts: (head) =>
          isEventStream(head) && head.fields.some(([name]) => name === 'Content-Type'),
      },
    }),
  },
  {
    name: 'reads-coded-bytes',
    description: 'reads a compressed stream as text',
    points: () => ({ backend: { accepts: isLabelledEventStream } }),
  },
  {
    name: 'reads-brotli',
    description: 'reads a stream with the coding br as text',
    points: () => ({ backend: { accepts: isStreamOr('br') } }),
  },
  {
    name: 'returns-any-id',
    description: 'sends ids of any length back, also when they were refused',
    points: () => ({ backend: { anyId: true } }),
  },
  {
    name: 'returns-refused-id',
    description: 'sends an id back that the back end has refused',
    points: () => ({ backend: { refusedId: true } }),
  },
  {
    name: 'keeps-nul-ids',
    description: 'takes an id with NUL for the last one',
    points: () => ({ backend: { nulIds: true } }),
  },
  {
    name: 'forgets-last-id',
    description: 'sends no Last-Event-ID',
    points: () => ({ backend: { lastEventId: () => '' } }),
  },
  {
    name: 'keeps-id-on-reset',
    description: 'keeps the last id after an empty id',
    points: () => ({ backend: { keepsIdOnReset: true } }),
  },
  {
    name: 'id-at-once',
    description: 'stores an id before its event is complete',
    points: () => ({ backend: { idsAtOnce: true } }),
  },
  {
    name: 'recodes-last-id',
    description: 'encodes each byte of an id as a character',
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
    description: 'follows redirects without a limit',
    points: () => ({ backend: { redirect: 'for-ever' } }),
  },
  {
    name: 'http11-only',
    description: 'rejects a response in HTTP/1.0',
    points: () => ({
      backend: { accepts: (head) => head.version === '1.1' && isEventStream(head) },
    }),
  },
  {
    name: 'interim-is-final',
    description: 'treats an interim response as the final one',
    points: () => ({ backend: { interim: 'final' } }),
  },
  {
    name: 'lower-case-chunk-size',
    description: 'rejects chunk sizes in upper case or with leading zeros',
    points: () => ({
      backend: { chunkSize: (line) => sizeIn(line, /^(0|[1-9a-f][\da-f]*)(?:;|$)/) },
    }),
  },
  {
    name: 'no-chunk-extensions',
    description: 'rejects a chunk with an extension',
    points: () => ({ backend: { chunkSize: (line) => sizeIn(line, /^([\da-f]+)$/i) } }),
  },
  {
    name: 'joins-location',
    description: 'reads every relative Location as a path of the same host',
    points: () => ({ backend: { redirect: 'joins-path' } }),
  },
  {
    name: 'remembers-redirects',
    description: 'requests the URL of a permanent redirect for ever, not its own',
    points: () => ({ backend: { redirectMemory: 'for-ever' } }),
  },
  {
    name: 'no-redirects',
    description: 'does not follow redirects',
    points: () => ({ backend: { redirect: 'refuse' } }),
  },
  {
    name: 'redirect-leaks-credentials',
    description: 'sends credentials to every redirect target',
    points: () => ({ backend: { redirect: 'with-credentials' } }),
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
