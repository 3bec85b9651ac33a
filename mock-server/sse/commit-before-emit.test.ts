import { expect, it } from 'vitest'

import type { MockContentStore } from '../start.ts'
import { readFeed } from '../testing/read-feed.ts'
import { serveStore } from '../testing/serve-store.ts'
import { StreamReader } from '../testing/stream-reader.ts'

const SERVICE = '/webservice/escenic'
const WRITERS = 4
const READERS = 4
const CHANGES_PER_WRITER = 25
const HEADERS = {
  authorization: `Basic ${btoa('user:password')}`,
  'content-type': 'application/atom+xml',
}

/** Creates items one after the other, like one of several editors. */
async function write({ url }: MockContentStore): Promise<void> {
  for (let n = 0; n < CHANGES_PER_WRITER; n += 1) {
    const body = '<entry xmlns="http://www.w3.org/2005/Atom"><title>A</title></entry>'
    const response = await fetch(`${url}${SERVICE}/section/22/content-items`, {
      method: 'POST',
      headers: HEADERS,
      body,
    })
    if (response.status !== 201) throw new Error(`POST answered ${response.status}`)
  }
}

/** Polls at every event. Collects the events whose change the log does not show yet. */
async function follow(stream: StreamReader): Promise<readonly string[]> {
  const early: string[] = []
  const total = WRITERS * CHANGES_PER_WRITER
  for (let read = 0; read < total;) {
    const seen = read
    await stream.until(({ data }) => data.length > seen, `event ${seen + 1}`)
    const url = stream.data.at(-1) ?? ''
    const ids = [...stream.text.matchAll(/^id: (\d+)-\d+$/gm)].map(([, id]) => Number(id))
    const announced = ids[stream.data.length - 1] ?? Infinity
    read = stream.data.length
    const response = await fetch(`${url}?count=1`, { headers: HEADERS })
    const self = readFeed(await response.text()).links.get('self') ?? ''
    const newest = Number(/\/before\/(\d+)/.exec(self)?.[1]) - 1
    if (!(newest >= announced)) early.push(`event ${announced}, log ${newest}`)
  }
  return early
}

it('a client that polls on an event finds its row while other clients write and poll', async () => {
  await using store = await serveStore({ ids: true, announce: ['section'] })
  const streams = await Promise.all(
    Array.from({ length: READERS }, () =>
      StreamReader.open(`${store.url}${SERVICE}/changelog/sse`),
    ),
  )
  const followed = Promise.all(streams.map(follow))
  await Promise.all(Array.from({ length: WRITERS }, () => write(store)))
  expect(await followed).toEqual(streams.map(() => []))
  for (const stream of streams) {
    expect(stream.data).toHaveLength(WRITERS * CHANGES_PER_WRITER)
    await stream[Symbol.asyncDispose]()
  }
})
