import { expect, it } from 'vitest'

import type { MockContentStoreOptions } from '../start.ts'
import { startMockContentStore } from '../start.ts'
import { RawClient, rawRequest } from '../testing/raw-client.ts'
import { until } from '../testing/until.ts'

const SERVICE = '/webservice/escenic'
const ENTRY = `<entry xmlns="http://www.w3.org/2005/Atom"><title>Harbour</title></entry>`
const LOCK = `<entry xmlns="http://www.w3.org/2005/Atom"><summary>Mine</summary></entry>`
const ATOM = 'application/atom+xml'

type Call = readonly [method: string, path: string, type?: string, body?: string]

/** What a client and a tester do; every kind of answer that holds an id, an `ETag` or a date. */
const CALLS: readonly Call[] = [
  ['PUT', '/__mock/faults', 'application/json', '{"faults": []}'],
  ['POST', `${SERVICE}/section/22/content-items`, ATOM, ENTRY],
  ['POST', '/__mock/clock/advance', 'application/json', '{"ms": 61000}'],
  ['POST', '/__mock/items', 'application/json', '{"section": 12, "title": "Ferry"}'],
  ['POST', `${SERVICE}/lock/article/801`, ATOM, LOCK],
  ['POST', '/__mock/items/803/publish'],
  ['POST', '/__mock/clock/advance', 'application/json', '{"ms": 3600000}'],
  ['PUT', '/__mock/lists/61', 'application/json', '{"items": [803, 801]}'],
  ['POST', '/__mock/sections', 'application/json', '{"name": "Sea", "parent": 12}'],
  ['POST', '/newsgate/no-such-page'],
  ['POST', '/__mock/newsgate/events', 'application/json', '{"event": "story"}'],
  ['DELETE', '/__mock/items/802'],
  ['GET', `${SERVICE}/changelog`],
  ['GET', `${SERVICE}/changelog/publication/1?count=50`],
  ['GET', `${SERVICE}/changelog/section/12`],
  ['GET', `${SERVICE}/content/801`],
  ['GET', `${SERVICE}/content/803`],
  ['GET', `${SERVICE}/lock/article/801`],
  ['GET', `${SERVICE}/section/ROOT/subsections`],
  ['GET', '/live-center-editorial/changelog/event/18'],
  ['GET', '/__mock/clients'],
  ['GET', '/__mock/clock'],
  ['GET', '/__mock/items/803'],
]

/** Every byte that one run sent: to an open stream, and in answer to each call. */
async function run(options: MockContentStoreOptions): Promise<readonly string[]> {
  await using store = await startMockContentStore({
    ids: true,
    retryMs: 2_000,
    heartbeatMs: 15_000,
    announce: ['publication', 'section', 'person', 'list'],
    ...options,
  })
  using stream = await RawClient.connect(store.port)
  stream.send(rawRequest('GET', `${SERVICE}/changelog/sse`))
  await stream.read('retry: 2000')
  const answers: string[] = []
  for (const [method, path, type, body = ''] of CALLS) {
    const length = [`Content-Length: ${body.length}`, 'Connection: close']
    const headers = type === undefined ? length : [...length, `Content-Type: ${type}`]
    using client = await RawClient.connect(store.port)
    client.send(rawRequest(method, path, headers, body))
    await until(() => client.isClosed, `the answer of ${method} ${path} ends`)
    answers.push(`${method} ${path}\n${withoutChunks(client.text)}`)
  }
  const { id } = store.control.createItem({ sectionId: 22, title: 'Last' }).change
  await stream.read(`id: ${id}-2\n`)
  return [stream.text, ...answers]
}

/** A long feed is sent in slices of processor time, so that its chunks are those of one run. */
function withoutChunks(answer: string): string {
  const [head = '', body = ''] = answer.split(/\r\n\r\n([\s\S]*)/)
  if (!/^transfer-encoding: chunked$/im.test(head)) return answer
  let content = ''
  for (let rest = body; ;) {
    const end = rest.indexOf('\r\n')
    const length = Number.parseInt(rest.slice(0, end), 16)
    if (length === 0) return `${head}\r\n\r\n${content}`
    content += rest.slice(end + 2, end + 2 + length)
    rest = rest.slice(end + 4 + length)
  }
}

it('two runs with the same calls and a frozen clock send the same bytes, dates, ids and ETags included', async () => {
  const frozen = { clock: { frozen: true, at: '2026-01-01T00:00:00Z' } } as const
  const first = await run(frozen)
  expect(await run(frozen)).toEqual(first)
  const [stream = '', ...answers] = first
  // 61 s and an hour: 4 + 240 heartbeats at 15 s.
  expect(stream.match(/^:.*$/gm)).toHaveLength(244)
  expect(stream).toContain('Date: Thu, 01 Jan 2026 00:00:00 GMT')
  expect(answers.at(-1)).toContain('Date: Thu, 01 Jan 2026 01:01:01 GMT')
  expect(answers.join('\n')).toContain('2026-01-01T00:01:01.000Z')
  for (const answer of answers) expect(answer).toMatch(/HTTP\/1\.1 (20\d|404)/)
})

it('two runs with the same calls and a clock that runs differ in their dates', async () => {
  const sent = await run({ clock: { frozen: false } })
  const later = await run({ clock: { frozen: false, offsetMs: 86_400_000 } })
  const differing = later.filter((text, index) => text !== sent[index])
  expect(differing.length).toBe(sent.length)
})
