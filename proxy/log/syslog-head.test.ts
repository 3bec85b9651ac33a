import { expect, it } from 'vitest'

import { withSyslogHead } from './appenders.ts'
import { readEvent } from './log-event.ts'

it.each([
  ['2026-11-27T00:02:43Z', 'Nov 27 00:02:43'],
  ['2026-01-05T00:00:00Z', 'Jan  5 00:00:00'],
  ['2026-01-05T09:08:07Z', 'Jan  5 09:08:07'],
  ['2026-12-10T20:30:40Z', 'Dec 10 20:30:40'],
])('a syslog line of %s has the date %s', (time, date) => {
  const layout = withSyslogHead({ facility: 'daemon', timeZone: 'UTC' }, () => 'text\n')
  const line = layout(readEvent(JSON.stringify({ level: 30, time: Date.parse(time), msg: 'text' })))
  expect(line.startsWith(`<30>${date} `), line).toBe(true)
})
