import { describe, expect, it } from 'vitest'

import { k6Environment, withheldVariables } from './k6-environment.ts'

const GIVEN = {
  PATH: '/bin',
  STREAMS: '7',
  LOGIN: 'other:login',
  K6_BIN: '/opt/k6',
  K6_VUS: '5',
  K6_NO_THRESHOLDS: 'true',
  K6_OUT: 'json=x',
  K6_PROMETHEUS_RW_SERVER_URL: 'http://127.0.0.1:9090',
  K6_NO_USAGE_REPORT: 'false',
}

describe('k6 environment', () => {
  it('k6Environment keeps variables from k6 that would change a run', () => {
    const environment = k6Environment(GIVEN, { TARGET: 'http://127.0.0.1/' })
    expect(environment).toEqual({
      PATH: '/bin',
      K6_BIN: '/opt/k6',
      K6_OUT: 'json=x',
      K6_PROMETHEUS_RW_SERVER_URL: 'http://127.0.0.1:9090',
      K6_NO_USAGE_REPORT: 'true',
      K6_AUTO_EXTENSION_RESOLUTION: 'false',
      TARGET: 'http://127.0.0.1/',
    })
  })

  it('withheldVariables names what k6 does not get', () => {
    expect(withheldVariables(GIVEN)).toEqual(['K6_VUS', 'K6_NO_THRESHOLDS', 'K6_NO_USAGE_REPORT'])
  })
})
