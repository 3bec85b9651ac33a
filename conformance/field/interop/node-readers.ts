import { EventSource as EventSourcePackage } from 'eventsource'
import { createEventSource } from 'eventsource-client'
import { createParser } from 'eventsource-parser'
import { execa } from 'execa'
import { EventSource as UndiciEventSource } from 'undici'

import { EventReader } from '../../wire/sse/event-reader.ts'
import type { ReadEvent } from './streams.ts'

/** Opens a URL and reports each event. Returns a function that closes it. */
export type OpenReader = (url: string, onEvent: (event: ReadEvent) => void) => () => void

/** Parses bytes without a connection. */
export type ParseBytes = (bytes: Buffer) => readonly ReadEvent[]

interface EventTargetLike {
  addEventListener(type: string, listener: (event: MessageEvent) => void): void
  close(): void
}

function openEventSource(
  create: (url: string) => EventTargetLike,
  types: readonly string[],
): OpenReader {
  return (url, onEvent) => {
    const source = create(url)
    for (const type of types)
      source.addEventListener(type, ({ data }) => onEvent({ type, data: String(data) }))
    return () => source.close()
  }
}

/** Readers with a connection, in this process. */
export function nodeReaders(types: readonly string[]): Readonly<Record<string, OpenReader>> {
  return {
    eventsource: openEventSource((url) => new EventSourcePackage(url), types),
    'eventsource-client': (url, onEvent) => {
      const client = createEventSource({
        url,
        onMessage: ({ event, data }) => onEvent({ type: event ?? 'message', data }),
      })
      return () => client.close()
    },
    'EventSource of undici': openEventSource((url) => new UndiciEventSource(url), types),
  }
}

/** Readers without a connection. */
export const PARSERS: Readonly<Record<string, ParseBytes>> = {
  'reader of this suite': (bytes) =>
    new EventReader()
      .push(bytes)
      .flatMap((item) =>
        item.kind === 'event' ? [{ type: item.type.toString(), data: item.data.toString() }] : [],
      ),
  'eventsource-parser': (bytes) => {
    const events: ReadEvent[] = []
    const parser = createParser({
      onEvent: ({ event, data }) => events.push({ type: event ?? 'message', data }),
    })
    parser.feed(new TextDecoder('utf-8', { ignoreBOM: false }).decode(bytes))
    return events
  },
}

/** The output of `curl -sN`: raw bytes. */
export async function curl(url: string): Promise<Buffer> {
  // Exit code 28 is curl's own timeout. The bytes before it count.
  const options = { encoding: 'buffer', stripFinalNewline: false, reject: false } as const
  const { stdout, cause } = await execa('curl', ['-sN', '--max-time', '10', url], options)
  if (cause !== undefined) throw cause
  return Buffer.from(stdout)
}
