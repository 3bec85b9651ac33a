import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { afterAll, describe, expect, it } from 'vitest'

import { temporaryFolder } from '../testing/temporary-folder.ts'
import { readState, writeState, writeStateNow } from './state-file.ts'

const folder = temporaryFolder('state-')
afterAll(async () => await folder[Symbol.asyncDispose]())
const path = join(folder.path, 'state.json')
const pointer = { previous: 'http://a/after/1', etag: '"1"' }
const state = {
  lastId: 'e-7',
  backEnds: new Map([
    [
      'http://a/',
      new Map([
        ['http://a/log', pointer],
        ['__proto__', undefined],
      ] as const),
    ],
  ]),
}
const never = new AbortController().signal

function damageOf(file: string): readonly string[] {
  const reasons: string[] = []
  expect(readState(file, (reason) => reasons.push(reason)).backEnds.size).toBe(0)
  return reasons
}

describe('the state file', () => {
  it('the state file keeps ids, change logs and pointers, and only its owner may read it', async () => {
    await writeState(path, state, never)
    expect(readState(path, () => expect.unreachable()).lastId).toBe('e-7')
    writeStateNow(path, { ...state, lastId: 'e-8' })
    const read = readState(path, () => expect.unreachable())
    expect(read.lastId).toBe('e-8')
    expect(read.backEnds.get('http://a/')?.get('http://a/log')).toEqual(pointer)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(readdirSync(folder.path)).toEqual(['state.json'])
  })

  it('a state file that is missing is empty, without a warning', () => {
    expect(damageOf(join(folder.path, 'missing.json'))).toEqual([])
  })

  it.each([
    ['cut off', '{"version":1,"backEnds":{"a', /not JSON/],
    ['empty', '', /not JSON/],
    ['of another version', '{"version":2,"backEnds":{}}', /this version/],
    ['of another shape', '{"version":1,"backEnds":{"a":{"b":7}}}', /this version/],
    ['with a long text', `{"version":1,"backEnds":{"${'a'.repeat(9000)}":{}}}`, /this version/],
  ])('a state file that is %s is reported and not used', (_what, text, reason) => {
    const file = join(folder.path, 'damaged.json')
    writeFileSync(file, text)
    expect(damageOf(file)).toEqual([expect.stringMatching(reason)])
  })

  it('a state file whose folder is missing is reported', () => {
    const reasons = damageOf(join(folder.path, 'missing', 'state.json'))
    expect(reasons).toEqual([`there is no folder ${join(folder.path, 'missing')}`])
  })

  it('a folder instead of a state file is reported', () => {
    const file = join(folder.path, 'folder')
    mkdirSync(file)
    expect(damageOf(file)).toEqual([expect.stringMatching(/folder/)])
  })
})
