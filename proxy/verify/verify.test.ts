import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect, it } from 'vitest'

import { eventually } from '../testing/deadline.ts'
import { RawClient } from '../testing/raw-client.ts'
import { runProxy } from '../testing/run-proxy.ts'
import { startBackEnd } from '../testing/scripted-back-end.ts'
import { spawnProxy } from '../testing/spawn-proxy.ts'
import { temporaryFolder } from '../testing/temporary-folder.ts'
import { readCapture } from './read-capture.ts'
import { verifyCaptures } from './verify.ts'

const WHOLE = 'id: e-1\n\nid: e-2\ndata: a\n\nid: e-3\nevent: x\ndata: b\ndata: c\n\n'

async function reportsOf(files: Readonly<Record<string, string>>, isOneClient = false) {
  await using folder = temporaryFolder('verify-')
  const paths = Object.entries(files).map(([name, text]) => {
    const path = join(folder.path, name)
    writeFileSync(path, text)
    return path
  })
  return await verifyCaptures((await Promise.all(paths.map(readCapture))).flat(), isOneClient)
}

it('sse-proxy verify finds in what a client of the proxy received each event that is taken out', async () => {
  await using backEnd = await startBackEnd()
  await using proxy = await runProxy({ backEnds: [backEnd.uri] })
  await proxy.healthy()
  const parts: string[] = []
  let lastEventId: string | undefined
  for (const events of [['a', 'b', 'c'], ['d'], ['e', 'f']]) {
    await using client = await RawClient.get({
      port: proxy.port,
      fields: lastEventId === undefined ? [] : [`Last-Event-ID: ${lastEventId}`],
    })
    for (const data of events) backEnd.send(`data: ${data}\n\n`)
    const last = new RegExp(`id: (\\S+)\ndata: ${events.at(-1)}\n\n`)
    const found = await eventually(
      'the last event',
      () => last.exec(client.body.toString()) ?? undefined,
    )
    lastEventId = found[1]
    parts.push(client.body.toString())
  }
  const capture = parts.join('')
  const [whole] = await reportsOf({ whole: capture })
  expect(whole).toMatchObject({ events: 6, lost: { count: 0 }, doubled: { count: 0 } })
  for (const data of ['a', 'b', 'c', 'd', 'e']) {
    const cut = capture.replace(new RegExp(`id: \\S+\ndata: ${data}\n\n`), '')
    const [report] = await reportsOf({ cut })
    expect([data, report?.lost.count]).toEqual([data, 1])
  }
})

const content = (text: string, more = {}) => ({ mimeType: 'text/event-stream', text, ...more })
const entry = (startedDateTime: string, body: object) => ({
  startedDateTime,
  response: { content: body },
})

it('sse-proxy verify reads a HAR file, a k6 capture, and the output of curl -i', async () => {
  const second = Buffer.from('id: e-4\ndata: d\n\n').toString('base64')
  const entries = [
    entry('2026-01-01T00:00:02Z', content(second, { encoding: 'base64' })),
    entry('2026-01-01T00:00:01Z', content(WHOLE)),
    entry('2026-01-01T00:00:00Z', { mimeType: 'text/html', text: 'id: e-9\ndata: x\n\n' }),
  ]
  const events = [2, 3].map((number) => ({ id: `e-${number}`, name: '', data: `${number}` }))
  const reports = await reportsOf({
    har: JSON.stringify({ log: { entries } }),
    k6: JSON.stringify([{ stream: 1, events }]),
    curl: `HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n:\n\n${WHOLE}`,
  })
  expect(reports.map(({ lastId, lost }) => [lastId, lost.count])).toEqual([
    ['e-4', 0],
    ['e-3', 0],
    ['e-3', 0],
  ])
  // The events of the k6 capture have other data under the same ids.
  expect(reports.map(({ contradictions }) => contradictions.count)).toEqual([0, 2, 0])
})

it('sse-proxy verify reads several files as one client, or each as a client of its own', async () => {
  const files = { first: WHOLE, second: 'id: e-5\ndata: e\n\n' }
  expect((await reportsOf(files)).map(({ lost }) => lost.count)).toEqual([0, 0])
  expect((await reportsOf(files, true)).map(({ lost }) => lost.first)).toEqual([['e-4']])
})

it('sse-proxy verify exits with 0, 1 or 2 and says what it found', async () => {
  await using folder = temporaryFolder('verify-')
  const run = async (text: string, ...flags: readonly string[]) => {
    const path = join(folder.path, 'capture.txt')
    writeFileSync(path, text)
    await using program = spawnProxy(['verify', path, ...flags])
    return [await program.exited, `${program.stdout}${program.stderr}`.replaceAll(path, 'FILE')]
  }
  expect(await run(WHOLE)).toEqual([0, 'FILE: 2 events, from e-2 to e-3: each once and in order\n'])
  expect(await run(`${WHOLE}id: e-6\ndata: \u001b\n\nid: e-6\ndata: y\n\n`)).toEqual([
    1,
    'FILE: 4 events, from e-2 to e-6\n  lost (2): e-4 to e-5\n  doubled (1): e-6\n  contradictions (1): e-6\n',
  ])
  expect(await run('data: x\n\n')).toEqual([
    2,
    'FILE: cannot tell: no event has an id; expected ids EPOCH-NUMBER of the proxy (replay.ids: own)\n',
  ])
  expect(await run('{"log": 1}')).toEqual([
    2,
    'cannot read FILE: expected a HAR file or a k6 capture\n',
  ])
})
