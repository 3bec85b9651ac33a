import { setTimeout as delay } from 'node:timers/promises'

import { BROWSER_READERS, type Browser } from './browser-readers.ts'
import { curl, nodeReaders, PARSERS, type OpenReader } from './node-readers.ts'
import { INTEROP_STREAMS, type InteropStream, type ReadEvent } from './streams.ts'
import { startStreamServer, type StreamServer } from './stream-server.ts'

/** Longer than any reader waits before it reconnects: one that has not by then never does. */
const LONGEST_MS = 7000
const POLL_MS = 50
/** After its last request a reader may still tell what it has read. */
const SETTLE_MS = 300
const AT_ONCE = 40

/** What a reader made of a stream: right, otherwise, or nothing because it does not do such things. */
export type Reading = 'right' | 'not-applicable' | { readonly deviation: string }

/** Readings by reader, then by stream. */
export type ReadingTable = ReadonlyMap<string, ReadonlyMap<string, Reading>>

/** Lets every reader read every stream. Without a browser its readers are left out. */
export async function readStreams(browser: Browser | undefined): Promise<ReadingTable> {
  await using server = await startStreamServer()
  const types = [...new Set(['message', ...INTEROP_STREAMS.flatMap(({ bytes }) => typesIn(bytes))])]
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
  const connected: readonly (readonly [string, Promise<ReadonlyMap<string, Reading>>])[] = [
    ['curl -N', readByCurl(server)],
    ...Object.entries(nodeReaders(types)).map(
      ([name, open]) => [name, readAll(server, name, open)] as const,
    ),
    ...(browser === undefined ? [] : BROWSER_READERS).map(
      (name) => [name, readAll(server, name, openInBrowser(browser, name, types))] as const,
    ),
  ]
  for (const [name, readings] of connected) table.set(name, await readings)
  return table
}

type OpenInBrowser = (url: string) => {
  readonly opened: Promise<void>
  events(): Promise<readonly ReadEvent[]>
}

function openInBrowser(
  browser: Browser | undefined,
  name: (typeof BROWSER_READERS)[number],
  types: readonly string[],
): OpenInBrowser {
  return (url) => ({
    opened: browser?.open(name, url, types) ?? Promise.resolve(),
    events: async () => (await browser?.events(name, url)) ?? [],
  })
}

async function readAll(
  server: StreamServer,
  reader: string,
  open: OpenReader | OpenInBrowser,
): Promise<ReadonlyMap<string, Reading>> {
  const readings = new Map<string, Reading>()
  const queue = [...INTEROP_STREAMS.entries()]
  const work = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [index, stream] = next
      const path = `/${encodeURIComponent(reader)}/${index}`
      readings.set(stream.name, await readOne(server, path, stream, open))
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return new Map(INTEROP_STREAMS.map(({ name }) => [name, readings.get(name) ?? 'not-applicable']))
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
  const deadlineMs = performance.now() + LONGEST_MS
  while (server.asked(path).length < stream.requests && performance.now() < deadlineMs)
    await delay(POLL_MS)
  await delay(SETTLE_MS)
  const events = typeof opened === 'function' ? heard : await opened.events()
  if (typeof opened === 'function') opened()
  return judge(stream, { events, asked: server.asked(path) })
}

/** curl passes bytes on: right is what arrives as it was sent. */
async function readByCurl(server: StreamServer): Promise<ReadonlyMap<string, Reading>> {
  const readings = new Map<string, Reading>()
  for (const [index, stream] of INTEROP_STREAMS.entries()) {
    if (stream.bytes === undefined) readings.set(stream.name, 'not-applicable')
    else {
      const came = await curl(server.serve(`/curl/${index}`, stream.answer))
      readings.set(
        stream.name,
        came.equals(stream.bytes) ? 'right' : { deviation: 'prints other bytes' },
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
