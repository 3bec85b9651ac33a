/** The faults of the second reference: each is one switch in its code. */
const FAULTS = [
  ['ring-reset-doubles', 'opens two connections after one was reset'],
  ['ring-query-lost-on-return', 'requests a lost back end without its query'],
  ['ring-login-lost-on-return', 'sends no login after the first loss of a back end'],
  ['ring-query-lost-by-redirect', 'sends no query after it has followed a redirect'],
  ['ring-login-lost-by-redirect', 'sends no login after it has followed a redirect'],
  ['ring-last-id-of-other', 'sends every back end the newest id of all'],
  ['ring-obeys-retry-zero', 'retries without a wait when a back end sends retry: 0'],
  ['ring-retry-overflows', 'retries at once when the retry field is longer than a timer can run'],
  ['ring-guesses-retry', 'obeys a retry field that is not a number'],
  ['ring-guesses-retry-after', 'retries at once after a Retry-After that no timer can hold'],
  ['ring-forwards-retry', 'forwards retry fields'],
  ['ring-head-timer-restarts', 'restarts the wait for a response head with each byte'],
  ['ring-interims-are-final', 'never reconnects after 100 interim responses'],
  ['ring-joins-location', 'reads every Location as a path of the same host'],
  ['ring-remembers-redirects', 'requests the URL of a permanent redirect for ever, not its own'],
  ['ring-one-retry-field', 'obeys a retry field of one back end for all'],
  ['ring-bad-retry-after-is-final', 'stays away for an hour after a Retry-After it cannot read'],
  ['ring-ignores-retry-dates', 'ignores a Retry-After that is a date'],
  ['ring-one-backoff', 'counts the refusals of all back ends together'],
  ['ring-one-silence-timer', 'restarts the silence timeout of all back ends with any byte of one'],
  ['ring-overflow-cuts-all', 'disconnects from every back end when one sends an endless event'],
  ['ring-unbounded-event', 'reads events of any size'],
  ['ring-one-text-decoder', 'decodes the text of all back ends with one decoder'],
  ['ring-follows-anywhere', 'sends its cookies and login to every host of a redirect'],
  ['ring-cookies-any-path', 'ignores the path of a cookie'],
  ['ring-cookies-for-ever', 'keeps cookies that have expired'],
  ['ring-three-losses', 'does not reconnect after the third loss'],
  ['ring-success-at-once', 'counts a connection as a success before it has lasted'],
  ['ring-head-eats-event', 'skips events that come in the same packet as the response head'],
  ['ring-end-eats-event', 'skips events that come in the same packet as the end of the stream'],
  ['ring-capital-fields', 'finds response fields only in their usual spelling'],
  ['ring-size-in-one-packet', 'rejects a chunk size whose line is cut between packets'],
  ['ring-bad-location-is-final', 'never reconnects after a Location that is no URL'],
  ['ring-garbage-is-final', 'never reconnects to a back end whose response is not HTTP'],
  ['ring-keeps-nul-ids', 'takes an id with NUL for the last one'],
  ['ring-returns-long-ids', 'sends ids of any length back'],
  ['ring-reads-coded-bytes', 'reads a compressed stream as text'],
  ['ring-reads-brotli', 'reads a stream with the coding br as text'],
  ['ring-silent-outage', 'tells no client that events may have been missed in an outage'],
  ['ring-repeats-after-flap', 'sends the last event again half a second after a reconnect'],
  ['ring-poll-stays-open', 'answers a long poll as any other stream'],
  ['ring-poll-without-end', 'ends the connection of a long poll without its last chunk'],
  ['ring-loss-ends-clients', 'ends every stream when a back end is lost'],
  ['ring-leaves-back-ends', 'keeps its connections to back ends open at shutdown'],
  ['ring-blank-line-in-one-packet', 'loses the blank line when its line end comes alone'],
  ['ring-decodes-per-packet', 'decodes each packet as text of its own'],
  ['ring-waits-after-crlf', 'holds an event that ends with CRLF until the next byte'],
  ['ring-waits-after-cr', 'holds an event that ends with CR until the next byte'],
  ['ring-mixes-lines', 'collects the lines of all back ends in one event'],
  ['ring-drops-equal', 'drops an event that equals the one before'],
  ['ring-back-end-ids-too', 'forwards the ids of back ends after its own'],
  ['ring-drops-in-burst', 'drops what exceeds 500 events in one turn'],
  ['ring-starves-quiet', 'delays the events of one back end while another writes'],
  ['ring-replay-without-ids', 'replays events without ids'],
  ['ring-replay-newest-id', 'gives every replayed event the id of the newest'],
  ['ring-replay-cuts-large', 'truncates replayed events at 64 KiB'],
  ['ring-replay-first-back-end', 'replays the events of the first back end only'],
  ['ring-replays-once', 'replays nothing to a second client with the same id'],
  ['ring-power-of-two', 'omits one event when the number of missed ones is a power of two'],
  ['ring-pause-skips', 'omits events that were written while a replay was blocked'],
  ['ring-pause-repeats', 'repeats an event that was written while a replay was blocked'],
  ['ring-no-replay-while-down', 'replays nothing while a back end is away'],
  ['ring-forgets-on-loss', 'empties its log when a back end is lost'],
  ['ring-exact-field-name', 'finds Last-Event-ID only in this spelling'],
  ['ring-no-query-id', 'ignores an id in the query'],
  ['ring-query-before-header', 'prefers the id in the query to the one in the header'],
  ['ring-decodes-ids', 'decodes the id of a client, and disconnects a client with a lone %'],
  ['ring-empty-id-is-unknown', 'takes an empty id for an unknown one'],
  ['ring-gap-without-id', 'sends the gap event without an id'],
  ['ring-early-id-ahead', 'begins a stream with the id of the next event'],
  ['ring-id-with-event-only', 'sends no id before the first event'],
  ['ring-head-unflushed', 'sends its response head with the first event'],
  ['ring-return-unflushed', 'sends a returning client its response head with the first event'],
  ['ring-second-request-deaf', 'sends no events to a stream on the second request of a connection'],
  ['ring-joins-late', 'subscribes a client 40 ms after its response head'],
  ['ring-serves-gone-clients', 'gets slower with every client that leaves'],
  ['ring-counts-gone-clients', 'counts clients that have left'],
  ['ring-cuts-after-20s', 'ends every stream after 20 s'],
  ['ring-blocked-drops', 'drops events while a client has unread bytes'],
  ['ring-keeps-stalled', 'never disconnects clients that stop reading'],
  ['ring-one-heartbeat', 'sends one heartbeat and then none'],
] as const

/** Harmless differences of the second reference. */
const VARIANTS = [
  ['ring-crlf', 'ends its lines with CRLF'],
  ['ring-cr', 'ends its lines with CR'],
  ['ring-id-last', 'writes its ids after the fields of an event'],
  ['ring-pads', 'begins a stream with a comment of 64 KiB and a retry field'],
  ['ring-obeys-retry', 'obeys the retry field of a back end without a bound'],
  ['ring-decodes-text', 'replaces malformed UTF-8'],
  ['ring-closes-after-answer', 'closes a connection after each response that is not a stream'],
  ['ring-late-gap', 'tells of an outage when the connection has lasted'],
  ['ring-announces-late', 'sends the gap event without an id, and the rest with ids 300 ms later'],
  ['ring-delays', 'sends everything 150 ms later'],
  ['ring-one-byte-chunks', 'sends each of the first 4096 bytes of an event in its own chunk'],
  ['ring-slow-with-large', 'takes a millisecond for every two kilobytes of a large event'],
  ['ring-beats-often', 'sends a comment after 50 ms of silence'],
  ['ring-poll-one-second', 'ends a long poll without an event after one second'],
  ['ring-short-queue', 'has a queue of 50 connections that it has not accepted'],
] as const

export type SwitchName = (typeof FAULTS | typeof VARIANTS)[number][0]

/** The switches of one running proxy. */
export type Switches = ReadonlySet<SwitchName>

interface Switch {
  readonly name: SwitchName
  readonly description: string
}

const describe = ([name, description]: (typeof FAULTS | typeof VARIANTS)[number]): Switch => ({
  name,
  description,
})

export const RING_FAULTS = FAULTS.map(describe)

export const RING_VARIANTS = VARIANTS.map(describe)
