import { setTimeout as sleep } from 'node:timers/promises'

import type { Response } from 'express'
import { z } from 'zod'

import type { FrameEntry } from '../journal/entry.ts'
import { encodeEvent } from '../sse/encode.ts'
import { EventParser } from '../sse/event-parser.ts'

/** An event of one of two streams, or the beginning or the end of the proxy's. */
export const LANE_EVENT = z.strictObject({
  lane: z.enum(['store', 'proxy']),
  kind: z.enum(['event', 'open', 'end']),
  data: z.string(),
  id: z.string(),
  event: z.string(),
  /** Milliseconds since 1970, with a fraction, by the real clock of this process. */
  atMs: z.number(),
})
type LaneEvent = z.output<typeof LANE_EVENT>

const RECONNECT_MS = 1_000
/** A line without an end is not kept beyond it. */
const MAX_LINE = 1_048_576
/** A reader that has so much unread is disconnected; it opens both streams again. */
const MAX_UNREAD_BYTES = 4_194_304
/** Changes whose frames were seen: a frame is sent once for each base URL. */
const MAX_SEEN = 1_000

/** Writes the events of the store and of a proxy to one reader, each with the time at which it passed. */
export class Lanes {
  readonly #response: Response
  readonly #gone = new AbortController()
  readonly #seen = new Set<string>()

  constructor(response: Response) {
    this.#response = response
  }

  /** What the store has sent just now. */
  sent({ stream, kept, correlation }: FrameEntry): void {
    if (stream !== 'changes') return
    const text = kept.toString()
    const key = `${correlation} ${text.replaceAll(/https?:\/\/[^/\s]{0,300}/g, '')}`
    if (correlation !== '' && this.#seen.has(key)) return
    this.#seen.add(key)
    if (this.#seen.size > MAX_SEEN) this.#seen.clear()
    this.#parser('store').push(text)
  }

  /** Keeps a stream open at the proxy until the reader has left. */
  async listenTo(url: string): Promise<void> {
    const { signal } = this.#gone
    while (!signal.aborted) {
      const why = await this.#listenOnce(url, signal).catch(messageOf)
      if (signal.aborted) return
      this.#write({ lane: 'proxy', kind: 'end', data: why, id: '', event: '' })
      await sleep(RECONNECT_MS, undefined, { signal }).catch(() => {})
    }
  }

  close(): void {
    this.#gone.abort()
  }

  async #listenOnce(url: string, signal: AbortSignal): Promise<string> {
    const headers = { Accept: 'text/event-stream' }
    const { status, body } = await fetch(url, { headers, signal, redirect: 'error' })
    if (status !== 200 || body === null) return `HTTP ${status}`
    this.#write({ lane: 'proxy', kind: 'open', data: '', id: '', event: '' })
    const parser = this.#parser('proxy')
    const decoder = new TextDecoder()
    for await (const bytes of body) {
      parser.push(decoder.decode(bytes, { stream: true }))
      if (parser.pendingLength > MAX_LINE) return 'a line has no end'
    }
    return 'the proxy has ended the stream'
  }

  #parser(lane: LaneEvent['lane']): EventParser {
    return new EventParser({
      onEvent: ({ data, id = '', name }) =>
        this.#write({ lane, kind: 'event', data, id, event: name }),
    })
  }

  #write(event: Omit<LaneEvent, 'atMs'>): void {
    if (this.#response.writableEnded) return
    if (this.#response.writableLength > MAX_UNREAD_BYTES) {
      this.#response.destroy()
      return
    }
    const atMs = performance.timeOrigin + performance.now()
    this.#response.write(encodeEvent({ data: JSON.stringify({ ...event, atMs }) }))
  }
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? error.cause.message : error.message
}
