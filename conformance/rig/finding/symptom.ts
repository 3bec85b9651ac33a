/** What a kind of finding usually comes from, and what to change. */
export interface SymptomText {
  /** What the target does, as a sentence. */
  readonly title: string
  /** The usual cause, and where to look first. */
  readonly usually: string
  /** What users feel, if not what the check says. */
  readonly users?: string
  /** The check that is about this alone. */
  readonly check?: string
}

/**
 * Kinds of findings that many checks can have. Reports group by them, because they share a cause.
 */
export const SYMPTOMS = {
  exit: {
    title: 'The target exits',
    usually:
      'an exception that nothing catches, often the "error" event of a socket whose peer has left. Start with the last output.',
    users: 'Every client loses its stream, and events are lost until the target runs again.',
  },
  gone: {
    title: 'The target no longer accepts connections',
    usually:
      'the target has exited, or was stopped. Read its log, start it again, and repeat the check.',
    users: 'No client can connect.',
  },
  'late-head': {
    title: 'The response head comes only with the first event',
    usually:
      'the head is written but not flushed. In Node call response.flushHeaders() after writeHead(); in other frameworks flush the response, or send a comment line (":\\n\\n") at once.',
    check: 'flush.headers',
  },
  'no-head': {
    title: 'A client gets no response head',
    usually:
      'the target waits for something before it answers: a back end, the end of the request, or a full buffer.',
  },
  'late-event': {
    title: 'Events are delayed until more bytes follow',
    usually:
      'a buffer: compression, a reader that waits for a line end, or response buffering (nginx: proxy_buffering off; Apache: flushpackets=on). Flush after each piece that arrives.',
  },
  'lost-event': {
    title: 'Events are lost, or held until the stream ends',
    usually:
      'a buffer without a flush, a parser that drops what it does not know, or a client that is subscribed only after its head was sent.',
  },
  'stream-ended': {
    title: 'The target ends the stream of a client',
    usually:
      'an idle timeout, a limit, or an end or error of one back end that is passed on to all clients.',
    check: 'idle.short',
  },
  'end-not-told': {
    title: 'Clients do not see that a stream has ended',
    usually: 'the end or error of the back end connection is not passed on to the client.',
  },
  status: {
    title: 'The target answers with an error',
    usually:
      'the target does not serve a stream at this path, or answers by itself because its back end is unavailable to it.',
  },
  'content-type': {
    title: 'The response is not labelled as an event stream',
    usually: 'a default Content-Type of the framework. Set it to text/event-stream.',
  },
  'content-encoding': {
    title: 'The target compresses a stream for a client that did not ask for it',
    usually:
      'a compression filter that applies to every response. Exclude text/event-stream, or obey Accept-Encoding.',
    check: 'front.not-compressed',
  },
  'not-forwarded': {
    title: 'Requests do not reach the back end',
    usually:
      'the target reads from another address, serves another path, or answers by itself from a cache.',
  },
  missed: {
    title: 'Something that should come does not',
    usually: 'see the finding and both sides of the wire.',
  },
  altered: {
    title: 'What arrives differs from what was written',
    usually: 'see the finding and both sides of the wire.',
  },
  'many-upstreams': {
    title: 'The target opens more than one stream to a back end',
    usually:
      'an upstream connection per client. A concentrator reads each back end once and writes each event to all clients. A proxy that forwards every request is a gateway: judge it with --role gateway.',
    users:
      'The back end carries a connection for each client, which is the load that a concentrator takes from it.',
    check: 'up.one-with-many',
  },
  'no-upstream': {
    title: 'The target holds no stream at a back end',
    usually:
      'it is configured with another address, it connects only while a client is connected, or it has given up after a failure.',
    check: 'up.opened-at-start',
  },
  'not-reconnected': {
    title: 'The target does not come back to a back end',
    usually:
      'a stream that ends properly is taken as finished, or only one of "end", "error" and "close" starts the retry.',
    check: 'up.after-end',
  },
} as const satisfies Readonly<Record<string, SymptomText>>

export type Symptom = keyof typeof SYMPTOMS
