import { z } from 'zod'

import type { StoreClock } from '../clock/store-clock.ts'
import { Wire } from '../http/wire.ts'
import { encodeComment, encodeEvent, encodeRetry } from '../sse/encode.ts'
import { StreamBytes } from '../sse/stream-bytes.ts'
import { paceConnection } from './kinds/pace.ts'
import { milliseconds } from './kinds/parameters.ts'
import { Lifetime } from './lifetime.ts'
import { lastFor } from './struck-connection.ts'
import type { OpenStream } from './open-stream.ts'
import { PathGlob } from './path-glob.ts'
import type { StreamFaults } from './stream-faults.ts'

const CONTENTS = ['data', 'comment', 'retryMs', 'text', 'base64'] as const

/** A line end would start another field, and an id with NUL is ignored [sse §9.2.6]. */
const oneLine = z
  .string()
  .max(1_000)
  .refine((text) => !['\r', '\n', '\0'].some((end) => text.includes(end)), {
    message: 'expected no CR, LF or NUL; send any bytes as text or base64',
  })

const sent = {
  /** An event, … */
  data: z.string().optional(),
  event: oneLine.optional(),
  id: oneLine.optional(),
  /** … or a comment, … */
  comment: z.string().optional(),
  /** … or a reconnection time, … */
  retryMs: z.int().min(0).max(86_400_000).optional(),
  /** … or any text, as it is, … */
  text: z.string().optional(),
  /** … or any bytes. */
  base64: z.base64().optional(),
}

const receivers = z.strictObject({
  client: z.string().max(100).optional(),
  user: z.string().max(200).optional(),
  /** A pattern for the path of the stream: `/newsgate/*`. */
  path: z.string().min(1).max(200).optional(),
})

/** What is sent to one client. */
export const CLIENT_SEND = z.strictObject(sent).superRefine(checkContent)
/** What is sent to all clients, or to those that `to` selects. */
export const STREAM_SEND = z
  .strictObject({ ...sent, to: receivers.default({}) })
  .superRefine(checkContent)
export const CLIENT_STALL = z.strictObject({ ms: milliseconds.optional() })
export const CLIENT_THROTTLE = z.strictObject({
  bytesPerSecond: z.int().min(1).max(1_000_000_000),
})

type Content = z.infer<typeof CLIENT_SEND>

/** Commands to single clients of the event streams. Throws `not-found` for one that has left. */
export class ClientControl {
  readonly #streams: Pick<StreamFaults, 'streams' | 'stream'>
  readonly #clock: StoreClock
  /** What was commanded, and lasts until `resume`. */
  readonly #lasting = new WeakMap<OpenStream, Lifetime>()

  constructor(streams: Pick<StreamFaults, 'streams' | 'stream'>, clock: StoreClock) {
    this.#streams = streams
    this.#clock = clock
  }

  /** Sends a client an event, a comment, a reconnection time, or any bytes. */
  send(id: string, content: Content): { readonly bytes: number } {
    const bytes = new StreamBytes(bytesOf(content))
    this.#streams.stream(id).opened.write(bytes)
    return { bytes: bytes.length }
  }

  /** The same to all clients, or to those that `to` selects. */
  sendToAll({ to, ...content }: z.input<typeof STREAM_SEND>): {
    readonly clients: number
    readonly bytes: number
  } {
    const { client, user, path } = to ?? {}
    const glob = path === undefined ? undefined : new PathGlob(path)
    const bytes = new StreamBytes(bytesOf(content))
    const chosen = this.#streams.streams.filter(
      ({ subject }) =>
        (client === undefined || subject.client === client) &&
        (user === undefined || subject.user === user) &&
        (glob?.matches(subject.path) ?? true),
    )
    for (const { opened } of chosen) opened.write(bytes)
    return { clients: chosen.length, bytes: bytes.length }
  }

  /** Sends a client nothing, neither events nor heartbeats, for `ms` or until `resume`. */
  stall(id: string, { ms }: z.infer<typeof CLIENT_STALL> = {}): void {
    const stream = this.#streams.stream(id)
    lastFor(this.#connectionOf(stream), Wire.of(stream.socket, this.#clock).hold(), ms)
  }

  /** Sends a client at most so many bytes a second, until `resume`. */
  throttle(id: string, { bytesPerSecond }: z.infer<typeof CLIENT_THROTTLE>): void {
    paceConnection(
      { kind: 'bandwidth', bytesPerSecond },
      this.#connectionOf(this.#streams.stream(id)),
    )
  }

  /** Ends `stall` and `throttle`: what was held is sent. */
  resume(id: string): void {
    const stream = this.#streams.stream(id)
    this.#lasting.get(stream)?.end()
    this.#lasting.delete(stream)
  }

  /** Resets the connection (RST). */
  reset(id: string): void {
    const stream = this.#streams.stream(id)
    stream.opened.leave()
    stream.socket.resetAndDestroy()
  }

  /** Closes the connection (FIN) in the middle of the response. */
  fin(id: string): void {
    const stream = this.#streams.stream(id)
    stream.opened.leave()
    stream.socket.destroySoon()
  }

  /** Ends the response, with its last chunk. */
  close(id: string): void {
    this.#streams.stream(id).end()
  }

  #connectionOf(stream: OpenStream) {
    const commanded = this.#lasting.get(stream) ?? new Lifetime()
    this.#lasting.set(stream, commanded)
    return { socket: stream.socket, clock: this.#clock, lives: [commanded, stream.life] }
  }
}

function bytesOf({ data, event, id, comment, retryMs, text, base64 }: Content): Buffer {
  if (base64 !== undefined) return Buffer.from(base64, 'base64')
  if (text !== undefined) return Buffer.from(text)
  if (comment !== undefined) return Buffer.from(encodeComment(comment))
  if (retryMs !== undefined) return Buffer.from(encodeRetry(retryMs))
  return Buffer.from(encodeEvent({ data: data ?? '', event, id }))
}

function checkContent(content: Content, context: z.RefinementCtx): void {
  const given = CONTENTS.filter((name) => content[name] !== undefined)
  const add = (message: string): void => context.addIssue({ code: 'custom', message })
  if (given.length !== 1)
    add(`expected one of ${CONTENTS.join(', ')}, got ${given.join(' and ') || 'none'}`)
  if (content.data !== undefined) return
  if (content.event !== undefined || content.id !== undefined)
    add('event and id belong to an event; expected them with data')
}
