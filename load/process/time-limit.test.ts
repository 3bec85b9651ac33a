import { once } from 'node:events'
import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

import { expect, it } from 'vitest'

import { TimeLimit } from './time-limit.ts'

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

it.each([
  ['alone', undefined],
  ['beside another signal', new AbortController().signal],
])(
  'TimeLimit %s aborts its signal after its time, also after a garbage collection',
  async (_what, stop) => {
    using limit = new TimeLimit(100, stop)
    const aborted = once(limit.signal, 'abort')
    // An object stays until the end of the turn that made a weak reference to it.
    await setImmediate()
    collectGarbage()
    await aborted
    expect(limit.signal.reason).toMatchObject({
      name: 'TimeoutError',
      message: 'not within 100 ms',
    })
  },
)

it('TimeLimit aborts its signal with the signal that stops it', () => {
  const stop = new AbortController()
  using limit = new TimeLimit(100_000, stop.signal)
  stop.abort('enough')
  expect(limit.signal.reason).toBe('enough')
})
