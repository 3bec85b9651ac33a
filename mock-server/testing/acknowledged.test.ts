import { expect, it } from 'vitest'

import { ControlEditor } from './acknowledged.ts'
import { serveStore } from './serve-store.ts'

it('ControlEditor does not take the title of a store for its own before its first edit', async () => {
  const editor = new ControlEditor('writer', '', 801)
  // Nothing listens there: a store that was killed before it acknowledged an edit.
  await editor.act('http://127.0.0.1:9', () => {})
  await using store = await serveStore()
  expect(await editor.check(store.url)).toEqual([])
  expect(editor.title).toBe('')
})
