import { describe, expect, it } from 'vitest'

import { PROFILES } from './profiles.ts'
import { readSettings } from './settings.ts'

const REQUIRED = { TARGET: 'http://127.0.0.1:9080/', STORE: 'http://127.0.0.1:8080/' }

describe('readSettings', () => {
  it('readSettings requires a target and a store and has defaults for the rest', () => {
    expect(readSettings(REQUIRED)).toEqual({
      targets: ['http://127.0.0.1:9080/'],
      claims: ['ids', 'replay'],
      store: 'http://127.0.0.1:8080',
      login: 'user:password',
      profile: PROFILES.smoke,
      transport: 'http',
      shards: 1,
      shardsInProcess: 1,
      barrier: undefined,
      metrics: [],
      clientsGauge: 'sse_proxy_clients',
      longPoll: undefined,
      upstreams: 1,
      patienceMs: 30_000,
      thresholds: {},
      listenMs: 60_000,
      heartbeatMs: undefined,
      timeoutMs: 600_000,
      summaryPath: undefined,
    })
  })

  it('readSettings overrides numbers of the profile by single settings', () => {
    const settings = readSettings({
      ...REQUIRED,
      PROFILE: 'baseline',
      STREAMS: '7',
      UPSTREAMS: 'any',
      PATIENCE: '2',
    })
    expect(settings.profile).toEqual({ ...PROFILES.baseline, streams: 7, steps: [7] })
    expect(settings.upstreams).toBe('any')
    expect(settings.patienceMs).toBe(2_000)
  })

  it('readSettings accepts several targets, and several shards with a barrier', () => {
    const divided = {
      TARGET: 'http://a/,http://b/',
      SHARDS: '4',
      SHARDS_IN_PROCESS: '2',
      BARRIER: 'http://c',
    }
    expect(readSettings({ ...REQUIRED, ...divided })).toMatchObject({
      targets: ['http://a/', 'http://b/'],
      shards: 4,
      shardsInProcess: 2,
      barrier: 'http://c',
    })
  })

  it('readSettings names every variable that is missing or wrong', () => {
    const wrong = { PROFILE: 'toString', STREAMS: '-1', TRANSPORT: 'pigeon', SHARDS: '2' }
    expect(() => readSettings(wrong)).toThrow(
      'PROFILE: expected smoke, baseline, scale, soak, got "toString"; ' +
        'STREAMS: expected a number from 1 to 1000000, got "-1"; ' +
        'TRANSPORT: expected http, http2, raw, got "pigeon"; TARGET is missing; STORE is missing; ' +
        'BARRIER is missing: SHARDS wait for each other there',
    )
  })

  it.each(['localhost:9080', 'ftp://a/', 'http://', 'http://a b/', 'http://?x', 'http://a/,'])(
    'readSettings refuses the target %j',
    (target) => {
      expect(() => readSettings({ ...REQUIRED, TARGET: target })).toThrow('expected http://HOST')
    },
  )
})
