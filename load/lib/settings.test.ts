import { describe, expect, it } from 'vitest'

import { PROFILES } from './profiles.ts'
import { readSettings } from './settings.ts'

const NEEDED = { TARGET: 'http://127.0.0.1:9080/', STORE: 'http://127.0.0.1:8080/' }

describe('settings of a script', () => {
  it('need a target and a store and have a default for the rest', () => {
    expect(readSettings(NEEDED)).toEqual({
      target: 'http://127.0.0.1:9080/',
      store: 'http://127.0.0.1:8080',
      login: 'user:password',
      profile: PROFILES.smoke,
      upstreams: 1,
      patienceMs: 30_000,
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
    expect(settings.profile).toEqual({ ...PROFILES.baseline, streams: 7 })
    expect(settings.upstreams).toBeUndefined()
  })

  it('name every variable that is missing or wrong', () => {
    expect(() => readSettings({ PROFILE: 'toString', STREAMS: '-1' })).toThrow(
      /PROFILE: expected smoke, baseline, got "toString"; TARGET is missing; STORE is missing; STREAMS: expected a number, got "-1"/,
    )
  })
})
