import { expect, test } from 'vitest'

import type { TargetDriver, TargetSettings } from '../runner/target.ts'
import { TargetControl } from './target-control.ts'

const running = { frontUrl: 'http://127.0.0.1:9', close: () => Promise.resolve() }

test.each([
  ['one back end', undefined, ['http://a']],
  ['two back ends', 2, ['http://a', 'http://spare']],
] as const)('a second target whose command names %s gets as many', async (_, least, urls) => {
  const started: TargetSettings[] = []
  const driver: TargetDriver = {
    name: 'x',
    role: 'concentrator',
    claims: { capabilities: [] },
    leastBackends: least,
    start: (settings) => {
      started.push(settings)
      return Promise.resolve(running)
    },
  }
  const control = new TargetControl({
    driver,
    target: running,
    spare: { url: 'http://spare' },
    startAgain: () => Promise.resolve(running),
    onStart: () => {},
  })
  await control.startAnother([{ url: 'http://a' }])
  expect(started.map(({ backends }) => backends.map(({ url }) => url))).toEqual([urls])
})
