import { Writable } from 'node:stream'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { MockContentStore } from '../start.ts'
import { RunningProgram } from '../testing/run-program.ts'
import { serveStore } from '../testing/serve-store.ts'
import { parseCall } from './call-request.ts'
import { runCall } from './run-call.ts'

let store: MockContentStore
beforeAll(async () => {
  store = await serveStore()
})
afterAll(() => store.close())

function mistakeOf(...args: readonly string[]): string {
  try {
    parseCall(args)
  } catch (error) {
    if (error instanceof Error) return error.message
  }
  return ''
}

async function run(...args: readonly string[]) {
  let complaint = ''
  const stdout = new Writable({ write: (_chunk, _encoding, done) => done() })
  const code = await runCall(args, { stdout, complain: (text) => (complaint += text) })
  return { code, complaint }
}

describe('mock-content-store call', () => {
  it('the program calls an operation, prints the answer, and exits with 0', async () => {
    const args = ['call', 'createItem', 'section=22', 'title=Hello', '--url', store.url]
    await using program = new RunningProgram('main.ts', args)
    expect(await program.exited()).toBe(0)
    expect(JSON.parse(program.stdout).item).toMatchObject({ title: 'Hello' })
    expect(program.stdout).toMatch(/[^\n]\n$/)
  })

  it('the program follows a stream as its events come', async () => {
    const args = ['call', 'journal.follow', 'since=0', '--url', store.url]
    await using program = new RunningProgram('main.ts', args)
    store.control.createItem({ sectionId: 22, title: 'Followed' })
    expect(await program.printed(/"kind":"(change)"/)).toBe('change')
  })

  it('a refusal of the store is printed with its detail, and is exit code 1', async () => {
    expect(await run('item', 'id=1', '--url', store.url)).toEqual({
      code: 1,
      complaint: '404 not-found: there is no content item 1\n',
    })
  })

  it('no answer of a store is an error that names the URL', async () => {
    const started = run('items', '--url', 'http://127.0.0.1:9')
    await expect(started).rejects.toMatchObject({ code: 'unreachable' })
    await expect(run('items', '--url', 'http://127.0.0.1:9')).rejects.toThrow(
      '/__mock/items: no answer',
    )
  })

  it.each([
    [['createItm'], 'there is no operation "createItm"; did you mean createItem?'],
    [['item'], 'item: expected id=VALUE, got none'],
    [['items', 'size=3'], 'items: there is no parameter "size"; there are: after, count'],
    [['item', 'id=1', 'id=2'], 'item: expected one id=VALUE, got several'],
    [['createItem', 'title=A', 'title=B'], 'createItem: expected one title=VALUE, got several'],
    [['items', '3'], 'expected NAME=VALUE, got "3"'],
    [
      ['scenarios.start', 'name=a', '--body', '-'],
      'scenarios.start: --body is the whole body, so leave out name=VALUE',
    ],
    [[], "missing required argument 'operation'"],
    [['items', '--url', 'ftp://x'], '--url: expected an http:// or https:// URL'],
  ])('mock-content-store call refuses %j', (args, mistake) => {
    expect(mistakeOf(...args)).toContain(mistake)
  })
})
