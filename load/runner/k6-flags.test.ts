import { describe, expect, it } from 'vitest'

import { flagsOfProcess, readK6Flags, variablesOfProcess } from './k6-flags.ts'

describe('readK6Flags', () => {
  it('readK6Flags reads each form of a flag that cannot change the run', () => {
    const args = '--out json=a -o csv=b -o=cloud --tag x=1 --tag=y=2 -v --summary-export s.json'
    const mistakes: string[] = []
    expect(readK6Flags(args.split(' '), mistakes)).toEqual([
      '--out=json=a',
      '--out=csv=b',
      '--out=cloud',
      '--tag=x=1',
      '--tag=y=2',
      '--verbose',
      '--summary-export=s.json',
    ])
    expect(mistakes).toEqual([])
  })

  it.each([
    ['--vus 5', '--vus'],
    ['-u 5', '-u'],
    ['--duration=1s', '--duration=1s'],
    ['-i 3', '-i'],
    ['--stage 1s:2', '--stage'],
    ['--no-thresholds', '--no-thresholds'],
    ['--execution-segment 0:1/2', '--execution-segment'],
    ['--toString x', '--toString'],
    ['other.js', 'other.js'],
  ])('readK6Flags refuses %j in one sentence', (args, named) => {
    const mistakes: string[] = []
    expect(readK6Flags(args.split(' '), mistakes)).toEqual([])
    expect(mistakes).toEqual([
      expect.stringContaining(`${named}: expected a flag of k6 that cannot change the run`),
    ])
  })
})

describe('flags of one of several k6 processes', () => {
  it('flagsOfProcess leaves the first process the names that the user chose', () => {
    expect(flagsOfProcess(['--out=json=a.json'], 1)).toEqual(['--out=json=a.json'])
  })

  it.each([
    ['--out=json=a.b/samples.json.gz', '--out=json=a.b/samples-3.json.gz'],
    ['--out=csv=samples', '--out=csv=samples-3'],
    [
      '--out=web-dashboard=port=7000&export=r.html',
      '--out=web-dashboard=port=7002&export=r-3.html',
    ],
    ['--out=experimental-prometheus-rw', '--out=experimental-prometheus-rw'],
    ['--summary-export=s.json', '--summary-export=s-3.json'],
    ['--tag=file=a.json', '--tag=file=a.json'],
  ])('flagsOfProcess changes %s to %s for the third process', (flag, changed) => {
    expect(flagsOfProcess([flag], 3)).toEqual([changed])
  })

  it('variablesOfProcess gives each process its own files and its own port', () => {
    const given = { K6_OUT: 'json=a.json', K6_WEB_DASHBOARD_EXPORT: 'report.html' }
    expect(variablesOfProcess(given, 1)).toEqual({})
    expect(variablesOfProcess(given, 2)).toEqual({
      K6_OUT: 'json=a-2.json',
      K6_WEB_DASHBOARD_EXPORT: 'report-2.html',
      K6_WEB_DASHBOARD_PORT: '5666',
    })
    // [k6] -1 starts no server.
    expect(variablesOfProcess({ K6_WEB_DASHBOARD_PORT: '-1' }, 2)).toEqual({})
  })
})
