import { describe, expect, it } from 'vitest'

import { parseConfig } from './read-config.ts'

const fileWith = (settings: string) => `backends: [{uri: "http://a/"}]\nproxy: {${settings}}`
const settingsOf = (settings: string) => parseConfig(fileWith(settings), 'a.yaml', {}).settings

describe('a duration in the file', () => {
  it.each([
    ['1500', 1500],
    ['"2000"', 2000],
    ['500ms', 500],
    ['500 milliseconds', 500],
    ['1s', 1000],
    ['30 seconds', 30_000],
    ['1 second', 1000],
    ['5 min', 300_000],
    ['2m', 120_000],
    ['5 minutes', 300_000],
    ['2 HOURS', 7_200_000],
    ['1d', 86_400_000],
    ['1 day', 86_400_000],
    ['5000000 us', 5000],
    ['250000000 nanoseconds', 250],
  ])('a duration of %s is %i ms', (text, ms) => {
    expect(settingsOf(`heartbeatMs: ${text}`).heartbeatMs).toBe(ms)
  })

  it.each([
    '-1s',
    '1.5s',
    '30 sec',
    '1 s 2 s',
    's',
    '25 days',
    '1500us',
    '""',
    '1e3',
    '99999999999999d',
  ])('a duration of %s is refused with what is expected', (text) => {
    expect(() => settingsOf(`heartbeatMs: ${text}`)).toThrow(
      /proxy\.heartbeatMs: expected milliseconds from 0 to 2073600000, or a duration such as 500ms, 30s, 5 minutes, got /,
    )
  })
})

describe('a size in the file', () => {
  it.each([
    ['4096', 4096],
    ['4096B', 4096],
    ['2048 bytes', 2048],
    ['8KiB', 8192],
    ['8 KB', 8192],
    ['8k', 8192],
    ['16 kilobytes', 16_384],
    ['1MB', 1_048_576],
    ['1 MiB', 1_048_576],
  ])('a size of %s is %i bytes', (text, bytes) => {
    expect(settingsOf(`maxHeadBytes: ${text}`).maxHeadBytes).toBe(bytes)
  })

  it.each(['-1B', '1.5KiB', '8 KBit', '2GiB', 'KiB', '1TB', '""'])(
    'a size of %s is refused with what is expected',
    (text) => {
      expect(() => settingsOf(`maxHeadBytes: ${text}`)).toThrow(
        /proxy\.maxHeadBytes: expected bytes from 1024 to 1048576, or a size such as 512B, 8KiB, 1MB, got /,
      )
    },
  )
})
