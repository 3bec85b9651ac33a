import { expect, test } from 'vitest'

import { defineCheck } from '../check.ts'
import { matchesGlob } from './glob.ts'
import { choose, type Selection } from './select.ts'

const everything: Selection = { only: [], skip: [], maxIdleSeconds: 0 }
const claims = { capabilities: ['replay'] as const }

const check = defineCheck<undefined>({
  id: 'group.name',
  title: 'a check',
  level: 'must',
  source: '[sse §9.2.6]',
  meaning: 'nothing',
  roles: ['concentrator'],
  kills: [],
  run: () => Promise.resolve(),
})

test.each([
  ['flush.*', 'flush.headers', true],
  ['flush.*', 'xflush.headers', false],
  ['*.headers', 'flush.headers', true],
  ['flush.h?aders', 'flush.headers', true],
  ['flush.header', 'flush.headers', false],
  ['flush.headers', 'flushXheaders', false],
  ['{flush.*,bytes.lf}', 'bytes.lf', true],
  ['{flush.*,bytes.lf}', 'bytes.cr', false],
])('matchesGlob of %s against %s is %s', (glob, id, matches) => {
  expect(matchesGlob(glob, id)).toBe(matches)
})

test('choose runs a selected check that applies', () => {
  expect(choose(check, 'concentrator', claims, everything)).toEqual({ kind: 'run' })
})

test('choose omits checks of another role', () => {
  expect(choose(check, 'gateway', claims, everything)).toEqual({ kind: 'out' })
})

test('choose skips a check whose capability is not claimed, and names it', () => {
  const choice = choose({ ...check, needs: ['cors'] }, 'concentrator', claims, everything)
  expect(choice).toEqual({ kind: 'skip', reason: 'the target does not claim: cors' })
})

test('choose runs gates even when they are not selected', () => {
  const selection = { ...everything, only: ['other.*'], skip: ['*'] }
  expect(choose({ ...check, level: 'gate' }, 'concentrator', claims, selection)).toEqual({
    kind: 'run',
  })
})

test('choose runs an idle check when --max-idle allows it', () => {
  const idle = { ...check, cost: 'idle' as const, idleSeconds: 20 }
  expect(choose(idle, 'concentrator', claims, everything).kind).toBe('skip')
  expect(choose(idle, 'concentrator', claims, { ...everything, maxIdleSeconds: 3600 }).kind).toBe(
    'run',
  )
  expect(choose(idle, 'concentrator', claims, { ...everything, only: ['group.name'] }).kind).toBe(
    'run',
  )
})
