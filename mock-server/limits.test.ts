import { readFileSync } from 'node:fs'

import { describe, expect, it } from 'vitest'

import { LIMITS } from './content/limits.ts'
import { PROBLEM } from './control/problem.ts'
import { KNOB_NAMES, KNOBS } from './knobs.ts'
import type { Answer } from './testing/limit-cases.ts'
import { EVICTIONS, LIMIT_CASES } from './testing/limit-cases.ts'
import { serveStore } from './testing/serve-store.ts'

/** Settings that are numbers and bound nothing that grows. */
const NO_LIMITS = new Set([
  'port',
  'randomSeed',
  'retryMs',
  'heartbeatMs',
  'defaultCount',
  'denyStatus',
  'deletedStatus',
  'missingMatchStatus',
  'putStatus',
  'deleteStatus',
])

/** The limit that an answer names: in a problem document, or as the first word of a text. */
function nameIn({ status, type, text }: Answer): string | undefined {
  if (type !== 'application/problem+json') return text.split(': ')[0]
  const problem = PROBLEM.parse(JSON.parse(text))
  return problem.status === status ? problem.limit : undefined
}

describe('the limits of the store', () => {
  it('every limit and every setting that is a number has a case', () => {
    const settings = KNOB_NAMES.filter(
      (name) => typeof KNOBS[name].default === 'number' && !NO_LIMITS.has(name),
    )
    expect([...Object.keys(LIMIT_CASES), ...Object.keys(EVICTIONS)].toSorted()).toEqual(
      [...Object.keys(LIMITS), ...settings].toSorted(),
    )
  })

  it.each(Object.entries(LIMIT_CASES))(
    'a request beyond the limit %s is refused with its name, and the one before it is not',
    async (limit, { status, options, fill, exceed }) => {
      await using store = await serveStore(options)
      expect([await fill(store)]).toEqual([expect.toSatisfy((code) => code < 300, 'a success')])
      const refused = await exceed(store)
      expect([refused.status, nameIn(refused)]).toEqual([status, limit])
      // The message says what to change: a reset is advised where it helps, and only there.
      if (!refused.text.includes('remove some')) return
      store.control.reset()
      const isRoom = (await exceed(store)).status < 300
      expect(isRoom, refused.text).toBe(refused.text.includes('or reset the store'))
    },
  )

  it.each(Object.entries(EVICTIONS))(
    'what happens at the limit %s, instead of an error, is shown in %j',
    (_limit, [file, title]) => {
      expect(readFileSync(new URL(file, import.meta.url), 'utf8')).toContain(title)
    },
  )

  it('a limit that is lowered by --limits is in /__mock/info, and none can be raised', async () => {
    await using store = await serveStore({ limits: 'items=50,locks=3' })
    expect(store.control.info().settings.limits).toEqual({ items: 50, locks: 3 })
    const wrong = ['items=200001', 'titleLength=1', 'items', 'items=50;locks=3', 'items=5=3']
    for (const limits of [...wrong, 'items=5,items=6'])
      await expect(serveStore({ limits })).rejects.toThrow(
        'limits: expected limits such as items=50, none above its default: items, historyLines',
      )
  })
})
