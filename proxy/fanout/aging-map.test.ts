import * as fc from 'fast-check'
import { expect, it } from 'vitest'

import { AgingMap } from './aging-map.ts'

const key = fc.constantFrom('a', 'b', 'c', 'd')
const step = fc.oneof(
  fc.record({ kind: fc.constant('renew'), key }),
  fc.record({ kind: fc.constant('delete'), key }),
  fc.record({ kind: fc.constant('look'), key }),
  fc.record({ kind: fc.constant('delete oldest'), key }),
)

it('AgingMap finds the same oldest entry as a list, for random renewals and deletions', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const map = new AgingMap<number>()
      let list: ReadonlyArray<readonly [string, number]> = []
      const seen: unknown[] = []
      const expected: unknown[] = []
      for (const [index, { kind, key: wanted }] of steps.entries()) {
        const name = kind === 'delete oldest' ? (list[0]?.[0] ?? wanted) : wanted
        if (kind !== 'look') list = list.filter(([other]) => other !== name)
        if (kind === 'renew') {
          map.renew(name, index)
          list = [...list, [name, index]]
        } else if (kind !== 'look') {
          map.delete(name)
        }
        seen.push(map.size, kind === 'look' && map.oldest)
        expected.push(list.length, kind === 'look' && list[0])
      }
      expect(seen).toEqual(expected)
      expect(map.oldest).toEqual(list[0])
      expect([...map.entries()]).toEqual(list)
    }),
    { numRuns: 2000 },
  )
})
