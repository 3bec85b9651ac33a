import { setTimeout as delay } from 'node:timers/promises'

import { Deadline } from '../../runner/responsive-time.ts'
import type { OpenInBrowser } from './browser-readers.ts'
import { curl, PARSERS, type OpenReader } from './node-readers.ts'
import { INTEROP_STREAMS, type InteropStream, type ReadEvent } from './streams.ts'
import { startStreamServer, type StreamServer } from './stream-server.ts'

/**
 * Longer than the reconnect wait of every reader: a reader that has not reconnected by then never
 * does.
 */
const LONGEST_MS = 7000
const POLL_MS = 50
/** A bound for the first request. */
const START_MS = 60_000
/** Wait after the last expected request, for late events and for requests that should not come. */
const SETTLE_MS = 300
const LONGEST_SETTLE_MS = 3000
const AT_ONCE = 40
const READERS_AT_ONCE = 5

/** Result of one stream for one reader: correct, a deviation, or not applicable. */
export type Reading = 'right' | 'not-applicable' | { readonly deviation: string }

/** Readings by reader, then by stream. */
export type ReadingTable = ReadonlyMap<string, ReadonlyMap<string, Reading>>

/** Every event type in the streams, for readers that need to know the types in advance. */
export const EVENT_TYPES: readonly string[] = [
  ...new Set(['message', ...INTEROP_STREAMS.flatMap(({ bytes }) => typesIn(bytes))]),
]

/** Runs these readers, the parsers and `curl` on every stream. */
export async function readStreams(
  readers: Readonly<Record<string, OpenReader | OpenInBrowser>>,
): Promise<ReadingTable> {
  await using server = await startStreamServer()
  const table = new Map<string, ReadonlyMap<string, Reading>>()
  for (const [name, parse] of Object.entries(PARSERS)) {
    table.set(
      name,
      new Map(
        INTEROP_STREAMS.map((stream) => [
          stream.name,
          stream.bytes === undefined
            ? 'not-applicable'
            : judge(stream, { events: parse(stream.bytes), asked: [] }),
        ]),
      ),
    )
  }
  table.set('curl -N', await readByCurl(server))
  const readings = await someAtOnce(READERS_AT_ONCE, Object.entries(readers), ([name, open]) =>
    readAll(server, name, open),
  )
  Object.keys(readers).forEach((name, index) => table.set(name, readings[index] ?? new Map()))
  return table
}

async function readAll(
  server: StreamServer,
  reader: string,
  open: OpenReader | OpenInBrowser,
): Promise<ReadonlyMap<string, Reading>> {
  const readings = await someAtOnce(AT_ONCE, INTEROP_STREAMS, async (stream, index) => {
    const path = `/${encodeURIComponent(reader)}/${index}`
    return [stream.name, await readOne(server, path, stream, open)] as const
  })
  return new Map(readings)
}

/** Runs `work` for every item, `count` at a time. Results are in the order of the items. */
async function someAtOnce<Item, Result>(
  count: number,
  items: readonly Item[],
  work: (item: Item, index: number) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = []
  const queue = items.entries()
  const workOff = async (): Promise<void> => {
    for (const [index, item] of queue) results[index] = await work(item, index)
  }
  await Promise.all(Array.from({ length: count }, workOff))
  return results
}

async function readOne(
  server: StreamServer,
  path: string,
  stream: InteropStream,
  open: OpenReader | OpenInBrowser,
): Promise<Reading> {
  const url = server.serve(path, stream.answer)
  const heard: ReadEvent[] = []
  const opened = open(url, (event) => void heard.push(event))
  const hasAsked = (times: number) => (): boolean => server.asked(path).length >= times
  await until(START_MS, hasAsked(1))
  await until(LONGEST_MS, hasAsked(stream.requests))
  await delay(SETTLE_MS)
  const look = async (): Promise<Reading> => {
    const events = typeof opened === 'function' ? heard : await opened.events()
    return judge(stream, { events, asked: server.asked(path) })
  }
  await until(LONGEST_SETTLE_MS, async () => (await look()) === 'right')
  const reading = await look()
  if (typeof opened === 'function') opened()
  return reading
}

async function until(withinMs: number, isTrue: () => boolean | Promise<boolean>): Promise<void> {
  // Most readers run in this process: while it stands still, they do not reconnect either.
  const deadline = new Deadline(withinMs)
  while (!(await isTrue()) && !deadline.reached) await delay(POLL_MS)
  deadline.clear()
}

/** curl forwards bytes: correct output equals the input. */
async function readByCurl(server: StreamServer): Promise<ReadonlyMap<string, Reading>> {
  const readings = new Map<string, Reading>()
  for (const [index, stream] of INTEROP_STREAMS.entries()) {
    if (stream.bytes === undefined) readings.set(stream.name, 'not-applicable')
    else {
      const came = await curl(server.serve(`/curl/${index}`, stream.answer))
      readings.set(
        stream.name,
        came.equals(stream.bytes) ? 'right' : { deviation: 'prints different bytes' },
      )
    }
  }
  return readings
}

function judge(stream: InteropStream, seen: Parameters<InteropStream['deviation']>[0]): Reading {
  const deviation = stream.deviation(seen)
  return deviation === undefined ? 'right' : { deviation }
}

function typesIn(bytes: Buffer | undefined): readonly string[] {
  return Array.from(
    bytes?.toString().matchAll(/^event: ?(.*?)\r?$/gm) ?? [],
    ([, type = '']) => type,
  )
}
