import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'

import { z } from 'zod'

import { readBoundedFile } from '../config/bounded-file.ts'
import { ProxyError } from '../errors.ts'
import { FrameSplitter } from '../sse/frame-splitter.ts'
import { type CaptureEvent, readEvent } from './capture-event.ts'

/** A larger event is no event of the proxy. */
const MAX_FRAME_BYTES = 64 * 1024 * 1024
const MAX_JSON_BYTES = 512 * 1024 * 1024

/** What browsers and proxies export: the content of each event stream is text. */
const har = z.object({
  log: z.object({
    entries: z.array(
      z.object({
        startedDateTime: z.string(),
        response: z.object({
          content: z.object({
            mimeType: z.string().default(''),
            text: z.string().default(''),
            encoding: z.string().optional(),
          }),
        }),
      }),
    ),
  }),
})

/** What `fleet.capture()` of the k6 extension returns. */
const transcripts = z.array(
  z.object({
    events: z.array(z.object({ name: z.string(), id: z.string(), data: z.string() })),
  }),
)

/** What one client received over all its connections, in the order in which it came. */
export interface Capture {
  /** The file, and the number of the client if the file has several. */
  readonly name: string
  readonly events: AsyncIterable<CaptureEvent> | Iterable<CaptureEvent>
}

/**
 * Reads a file with the bytes of an event stream, as from `curl -N` (with `-i` too), a HAR file, or
 * the JSON of a k6 capture. Throws `usage` for a file that cannot be read.
 */
export async function readCapture(path: string): Promise<readonly Capture[]> {
  try {
    const first = await firstByte(path)
    if (first !== '{' && first !== '[') return [{ name: path, events: readStream(path) }]
    return readJson(path)
  } catch (error) {
    throw unreadable(path, error)
  }
}

async function firstByte(path: string): Promise<string> {
  await using file = await open(path)
  const { buffer, bytesRead } = await file.read(Buffer.alloc(1))
  return buffer.toString('latin1', 0, bytesRead)
}

async function* readStream(path: string): AsyncGenerator<CaptureEvent> {
  try {
    const splitter = new FrameSplitter({ maxFrameBytes: MAX_FRAME_BYTES })
    for await (const chunk of createReadStream(path)) yield* eventsOf(splitter, chunk)
  } catch (error) {
    throw unreadable(path, error)
  }
}

function eventsOf(splitter: FrameSplitter, bytes: Buffer): readonly CaptureEvent[] {
  const events: CaptureEvent[] = []
  splitter.push(bytes, (frame) => events.push(readEvent(frame)))
  return events
}

function readJson(path: string): readonly Capture[] {
  const json: unknown = JSON.parse(readBoundedFile(path, MAX_JSON_BYTES).toString('utf8'))
  const streams = transcripts.safeParse(json)
  if (streams.success)
    return streams.data.map(({ events }, index) => ({
      name: `${path}, stream ${index + 1}`,
      events: events.map(({ id, ...event }) => ({ ...event, id: id === '' ? undefined : id })),
    }))
  const entries = har
    .parse(json)
    .log.entries.filter(({ response }) => /^text\/event-stream\b/i.test(response.content.mimeType))
    .toSorted((a, b) => a.startedDateTime.localeCompare(b.startedDateTime))
  const events = entries.flatMap(({ response: { content } }) =>
    eventsOf(
      new FrameSplitter({ maxFrameBytes: MAX_FRAME_BYTES }),
      Buffer.from(content.text, content.encoding === 'base64' ? 'base64' : 'utf8'),
    ),
  )
  return [{ name: path, events }]
}

function unreadable(path: string, error: unknown): ProxyError {
  const reason = error instanceof z.ZodError ? 'expected a HAR file or a k6 capture' : error
  const text = reason instanceof Error ? reason.message : String(reason)
  return new ProxyError('usage', `cannot read ${path}: ${text}`)
}
