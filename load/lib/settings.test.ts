import { describe, expect, it } from 'vitest'

import { PROFILES } from './profiles.ts'
import { readSettings } from './settings.ts'

const NEEDED = { TARGET: 'http://127.0.0.1:9080/', STORE: 'http://127.0.0.1:8080/' }

describe('settings of a script', () => {
  it('need a target and a store and have a default for the rest', () => {
    expect(readSettings(NEEDED)).toEqual({
      targets: ['http://127.0.0.1:9080/'],
      store: 'http://127.0.0.1:8080',
      login: 'user:password',
      profile: PROFILES.smoke,
      transport: 'http',
      parts: 1,
      partsHere: 1,
      conductor: undefined,
      metrics: [],
      clientsGauge: 'sse_proxy_clients',
      longPoll: undefined,
      upstreams: 1,
      patienceMs: 30_000,
      maxDurationS: 600,
      summaryPath: undefined,
    })
  })

  it('take a profile and single numbers over it', () => {
    const settings = readSettings({
      ...NEEDED,
      PROFILE: 'baseline',
      STREAMS: '7',
      UPSTREAMS: 'any',
    })
    expect(settings.profile).toEqual({ ...PROFILES.baseline, streams: 7, steps: [7] })
    expect(settings.upstreams).toBeUndefined()
  })

  it('spread parts over several proxies, and let them meet', () => {
    const spread = {
      TARGET: 'http://a/,http://b/',
      PARTS: '4',
      PARTS_HERE: '2',
      CONDUCTOR: 'http://c',
    }
    expect(readSettings({ ...NEEDED, ...spread })).toMatchObject({
      targets: ['http://a/', 'http://b/'],
      parts: 4,
      partsHere: 2,
      conductor: 'http://c',
    })
  })

  it('name every variable that is missing or wrong', () => {
    const wrong = { PROFILE: 'toString', STREAMS: '-1', TRANSPORT: 'pigeon', PARTS: '2' }
    expect(() => readSettings(wrong)).toThrow(
      'PROFILE: expected smoke, baseline, scale, soak, got "toString"; TRANSPORT: expected http, http2, raw, got "pigeon"; ' +
        'CONDUCTOR is missing: PARTS have to meet; TARGET is missing; STORE is missing; ' +
        'STREAMS: expected a number, got "-1"',
    )
  })
})
