import { expect, test } from 'vitest'

import { verdictOn } from './matrix/verdict-on.ts'
import { gatewayMutant } from './mutants/mutant.ts'

const UNREACHABLE = {
  response: { status: 503, reason: 'Service Unavailable', fields: [['Content-Length', '0']] },
  content: Buffer.alloc(0),
  end: 'complete',
} as const

/** The verdict on a gateway that answers its second request, or each one from there, by itself. */
async function verdictOf(id: string, isAlways: boolean): Promise<string | undefined> {
  let requests = 0
  const find = () => {
    requests += 1
    return requests === 2 || (isAlways && requests > 2) ? UNREACHABLE : undefined
  }
  const { driver } = gatewayMutant({
    name: 'unreachable-at-times',
    description: 'cannot reach the back end at times',
    points: () => ({ memory: { find, keep: () => {} } }),
  })
  return (await verdictOn({ kind: 'mutant', driver }, id))?.kind
}

test.each([
  'req.trailers',
  'req.content-delete',
  'req.big-fields',
  'req.chunk-extensions',
  'req.path',
  'req.second',
])('%s passes a gateway that cannot reach the back end once', async (id) => {
  expect(await verdictOf(id, false)).toBe('PASS')
})

test('req.trailers has no verdict on a gateway that never reaches the back end', async () => {
  expect(await verdictOf('req.trailers', true)).toBe('INCONCLUSIVE')
})
