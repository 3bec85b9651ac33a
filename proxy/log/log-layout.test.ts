import { describe, expect, it } from 'vitest'

import { parseConfig } from '../config/read-config.ts'
import { DatePattern } from './date-pattern.ts'
import type { LogEvent } from './log-event.ts'
import { DEFAULT_FORMAT, jsonLayout, patternLayout } from './log-layout.ts'

const EVENT: LogEvent = {
  level: 'INFO',
  timeMs: Date.UTC(2026, 6, 5, 21, 7, 9, 42),
  logger: 'com.escenic.sse.proxy',
  message: 'back end connected',
  stack: undefined,
  fields: {},
}

describe('patternLayout', () => {
  it.each([
    [
      DEFAULT_FORMAT,
      'UTC',
      'INFO  [2026-07-05 21:07:09,042] com.escenic.sse.proxy: back end connected\n',
    ],
    ['%d{HH:mm:ss.SSS,Europe/Oslo} %m', 'UTC', '23:07:09.042 back end connected\n'],
    [
      "%d{dd/MMM/yyyy:HH:mm:ss Z} '%m'%n",
      'America/New_York',
      "05/Jul/2026:17:07:09 -0400 'back end connected'\n",
    ],
    ['%date{ISO8601, UTC} %level', 'Asia/Kolkata', '2026-07-05 21:07:09,042 INFO\n'],
    ['%7p|%-7p|%.2p|%.-2p|%%|%t', 'UTC', '   INFO|INFO   |FO|IN|%|main\n'],
    ['%logger{10} %c{0} %lo{99}%n', 'UTC', 'c.e.s.proxy proxy com.escenic.sse.proxy\n'],
    ['a\\%b %X{user}%nopex', 'UTC', 'a%b \n'],
  ])('patternLayout %s in %s writes the event', (pattern, zone, line) => {
    expect(patternLayout(pattern, zone)(EVENT)).toBe(line)
  })

  it('patternLayout writes fields behind the message, and each line of a stack after !', () => {
    const event = {
      ...EVENT,
      stack: 'Error: a\n    at b',
      fields: { port: 1, error: { stack: 'x' }, url: 'u' },
    }
    expect(patternLayout('%m%n%ex', 'UTC')(event)).toBe(
      'back end connected (port=1, url=u)\n! Error: a\n!     at b\n',
    )
  })

  it.each([
    'a\r\nINFO forged',
    'a\u001b[2Jb',
    'a\u0085b',
    'a\u009b2Jb',
    'a\u2028b',
    'a\u0000b',
    'a\u007fb',
  ])('patternLayout and jsonLayout escape the control characters of %j', (text) => {
    const event = { ...EVENT, message: text, stack: `Error: ${text}`, fields: { text } }
    for (const layout of [patternLayout('%m%n%ex', 'UTC'), jsonLayout()]) {
      // oxlint-disable-next-line no-control-regex
      const controls = /[\u0000-\u001f\u007f-\u009f\u2028]/
      expect(layout(event).replaceAll(/\n(?:! |$)/g, '')).not.toMatch(controls)
    }
    expect(JSON.parse(jsonLayout()(event))).toMatchObject({ message: text, text })
  })
})

describe('DatePattern', () => {
  it('DatePattern writes the days of a zone, with its daylight saving', () => {
    const oslo = new DatePattern('yyyy-MM-dd HH:mm XXX', 'Europe/Oslo')
    expect(oslo.format(Date.UTC(2026, 0, 31, 23, 30))).toBe('2026-02-01 00:30 +01:00')
    expect(oslo.format(Date.UTC(2026, 6, 31, 22, 0))).toBe('2026-08-01 00:00 +02:00')
  })
})

const file = (logging: string) =>
  `backends: [{uri: "http://a/"}]\nlogging: {appenders: [${logging}]}`

describe('an appender in the file', () => {
  it.each([
    ['{type: console, logFormat: "%q%n"}', /appenders\[0\]\.logFormat: expected .*without %q/],
    ['{type: console, logFormat: "%d{QQ}"}', /logFormat: expected the letters yyyy/],
    ['{type: console, timeZone: Mars}', /timeZone: expected a time zone such as UTC, Europe\/Oslo/],
    ['{type: console, target: tty}', /target: expected one of stdout, stderr/],
    ['{type: tcp}', /appenders\[0\]\.type: expected a block with the type console, file or syslog/],
    ['{type: file}', /currentLogFilename is missing/],
    [
      '{type: file, currentLogFilename: a.log}',
      /archivedLogFilenamePattern is missing: expected a name such as/,
    ],
    [
      '{type: file, currentLogFilename: a.log, archivedLogFilenamePattern: "a-%d.log", maxFileSize: 1MB}',
      /archivedLogFilenamePattern: expected a name with %i, because of maxFileSize/,
    ],
    [
      '{type: file, currentLogFilename: a.log, archivedLogFilenamePattern: "a-%i.log"}',
      /expected a name with %d, or a maxFileSize/,
    ],
    ['{type: file, currentLogFilename: a.log, archivedLogFilenamePattern: "a.log"}', /one %d or/],
    [
      '{type: file, currentLogFilename: a.log, archivedLogFilenamePattern: "%d/a.log"}',
      /not of a folder/,
    ],
    ['{type: file, currentLogFilename: a.log, archivedLogFilenamePattern: "a-%d.zip"}', /\.gz/],
    ['{type: syslog, facility: local9}', /facility: /],
    ['{type: syslog, host: /dev/log}', /host: expected a host that receives syslog by UDP/],
  ])('the appender %s is refused with a sentence', (appender, sentence) => {
    expect(() => parseConfig(file(appender), 'a.yaml', {})).toThrow(sentence)
  })
})
