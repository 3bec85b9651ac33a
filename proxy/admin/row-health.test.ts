import { describe, expect, it } from 'vitest'

import { ProxyError } from '../errors.ts'
import type { RowState } from '../process/row.ts'
import { checkHealth } from './health.ts'
import { Readiness } from './readiness.ts'

const URI = new URL('http://store/sse')
const REFUSED = new ProxyError('back-end-refused', 'answered 503')
const AWAY = {
  state: 'waiting',
  sinceMs: 0,
  retryInMs: 1000,
  isAsked: false,
  error: REFUSED,
} as const

/** A proxy that has the log of its row, and leaves the only back end to another proxy. */
const JOINED: RowState = {
  name: 'newsroom',
  hasJoined: true,
  isAlone: false,
  isSettled: true,
  failure: undefined,
  number: 8,
  terms: [undefined],
  counts: { failures: 0, gaps: 0, healed: 0 },
}

function checksOf(row: RowState) {
  const backEnds = [{ uri: URI, state: AWAY, notices: [] }]
  return checkHealth({ backEnds, certificates: [], row, isLeaving: false, nowMs: 0 }).checks
}

describe('health in a row', () => {
  it('a back end is healthy while another proxy of the row reads it', () => {
    expect(checksOf(JOINED)).toEqual({
      'backend http://store/sse': { healthy: true, message: 'left to another proxy of the row' },
      'row newsroom': {
        healthy: true,
        message: 'has the log up to number 8, reads 0 of 1 back end',
      },
    })
  })

  it.each<readonly [string, Partial<RowState>]>([
    ['this proxy is to read it', { terms: [3] }],
    ['this proxy is alone', { isAlone: true }],
    ['this proxy does not have the shared log', { hasJoined: false }],
  ])('a back end without a connection is not healthy when %s', (_when, state) => {
    expect(checksOf({ ...JOINED, ...state })['backend http://store/sse']).toMatchObject({
      healthy: false,
    })
  })

  it.each<readonly [string, Partial<RowState>]>([
    ['alone: reads back ends itself, the engine is away: no answer', { isAlone: true }],
    ['the engine fails: no answer', {}],
    ['the shared log is being read', { failure: undefined, hasJoined: false }],
    ['the engine has begun anew and is being healed', { failure: undefined, isSettled: false }],
  ])('the row is not healthy: %s', (message, state) => {
    const row = checksOf({ ...JOINED, failure: 'no answer', ...state })['row newsroom']
    expect(row).toEqual({ healthy: false, message })
  })
})

/** Why a proxy of a row is not ready. */
function obstacleWith(state: Partial<RowState>): string | undefined {
  const row = { ...JOINED, ...state }
  return new Readiness(
    () => [{ wasTried: true }],
    () => row,
  ).obstacle
}

describe('readiness in a row', () => {
  it('a proxy of a row is ready when it has the shared log, or is alone', () => {
    expect(obstacleWith({})).toBeUndefined()
    expect(obstacleWith({ hasJoined: false, isAlone: true })).toBeUndefined()
  })

  it('a proxy of a row is not ready before it has the shared log, and says what the engine answers', () => {
    const starting = 'starting: waiting for the log of the row newsroom'
    expect(obstacleWith({ hasJoined: false })).toBe(`${starting}: it is being read`)
    expect(obstacleWith({ hasJoined: false, failure: 'NOAUTH' })).toBe(`${starting}: NOAUTH`)
  })

  it('a proxy of a row does not wait for a back end that another proxy reads', () => {
    const untried = new Readiness(
      () => [{ wasTried: false }],
      () => JOINED,
    )
    expect(untried.obstacle).toBeUndefined()
  })
})
