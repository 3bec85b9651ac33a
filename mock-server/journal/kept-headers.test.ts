import { describe, expect, it } from 'vitest'

import { keptRequestHeaders } from './kept-headers.ts'

const FIRST = { host: 'a', 'user-agent': 'b', accept: 'c' }
const KEPT = ['host', 'a', 'user-agent', 'b', 'accept', 'c']

describe('keptRequestHeaders', () => {
  it('keptRequestHeaders returns the earlier list when nothing differs', () => {
    const earlier = keptRequestHeaders(FIRST)
    expect(earlier).toEqual(KEPT)
    expect(keptRequestHeaders({ ...FIRST, 'x-other': 'd' }, earlier)).toBe(earlier)
  })

  it.each([
    ['a value that differs', { ...FIRST, 'user-agent': 'x' }],
    ['a field less', { host: 'a', accept: 'c' }],
    ['the last field less', { host: 'a', 'user-agent': 'b' }],
    ['a field more in between', { ...FIRST, 'content-type': 'd' }],
    ['a field more in front', { ...FIRST, cookie: 'secret' }],
    ['no field', {}],
  ])('keptRequestHeaders returns the same with and without an earlier list: %s', (_what, next) => {
    const earlier = keptRequestHeaders(FIRST)
    expect(keptRequestHeaders(next, earlier)).toEqual(keptRequestHeaders(next))
    expect(earlier).toEqual(KEPT)
  })
})
