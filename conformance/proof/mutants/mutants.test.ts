import { expect, test } from 'vitest'
import { DEAD_TARGETS } from './dead-targets.ts'
import { MUTANTS } from './mutants.ts'
import { openClient } from './testing/client.ts'
import { chunk, CHUNKED_HEAD, startOrigin } from './testing/origin.ts'

/** What a client reads from the variants that spell the event `data: 1` in another way. */
const SPELLED: Readonly<Record<string, string>> = {
  'splits-every-byte': '1\r\n1\r\n',
  'ring-one-byte-chunks': '1\r\n1\r\n',
  'ring-crlf': 'data: 1\r\n\r\n',
  'ring-cr': 'data: 1\r\r',
  'crlf-lines': 'data: 1\r\n\r\n',
  'id-last': 'data: 1\nid: ',
  'ring-id-last': 'data: 1\nid: ',
}

test('each mutant name is unique within its role', () => {
  const names = MUTANTS.map(({ role, name }) => `${role} ${name}`)
  expect(new Set(names).size).toBe(names.length)
  expect(names.filter((name) => !/^\w+ [a-z0-9]+(-[a-z0-9]+)*$/.test(name))).toEqual([])
})

test.each(MUTANTS.filter(({ benign }) => benign))(
  'the benign $role $name delivers events',
  async ({ driver, role }) => {
    await using origin = await startOrigin(CHUNKED_HEAD)
    const target = await driver.start({ role, backends: [{ url: origin.url }] })
    await using client = await openClient(target.frontUrl)
    await client.receives('\r\n\r\n')
    const { socket } = await origin.request(1)
    socket.write(chunk('data: 1\n\n'))
    await client.receives(SPELLED[driver.name] ?? 'data: 1\n\n')
    expect(client.end()).toBeUndefined()
    await target.close()
  },
)

test.each([
  ['dead/black-hole', undefined, ''],
  ['dead/garbage-echo', undefined, 'GET /'],
  ['dead/no-body', undefined, 'Transfer-Encoding: chunked\r\n\r\n'],
  ['dead/empty-body', undefined, 'Content-Length: 0\r\n\r\n'],
  ['dead/constant-answer', undefined, 'data: three\n\n'],
  ['dead/constant-404', undefined, '404 Not Found'],
  ['dead/instant-close', 'end', ''],
  ['dead/closed-port', 'reset', ''],
])('the dead target %s behaves as named', async (name, end, text) => {
  for (const driver of DEAD_TARGETS.filter((candidate) => candidate.name === name)) {
    const target = await driver.start({ role: driver.role, backends: [] })
    await using client = await openClient(target.frontUrl)
    await client.receives(text)
    if (end !== undefined) await client.ended()
    expect(client.end() === undefined).toBe(end === undefined)
    await target.close()
  }
})

test('both roles have eight dead targets', () => {
  expect(DEAD_TARGETS.filter(({ role }) => role === 'gateway')).toHaveLength(8)
  expect(DEAD_TARGETS.filter(({ role }) => role === 'concentrator')).toHaveLength(8)
})
