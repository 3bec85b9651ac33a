import { z } from 'zod'

import { ArchiveName } from '../log/archive-name.ts'
import { isTimeZone } from '../log/date-pattern.ts'
import { patternLayout } from '../log/log-layout.ts'
import { FACILITIES } from '../log/syslog-sink.ts'
import { DROPWIZARD_KEYS, ignoring } from './dropwizard-keys.ts'
import { LOG_LEVEL_NAMES } from './log-levels.ts'
import { byteSize } from './quantities.ts'
import { flag, oneOf, oneOfInAnyCase, plainText, wholeNumber } from './scalars.ts'

const GIB = 1_073_741_824
const common = {
  ...ignoring(DROPWIZARD_KEYS.appender),
  threshold: oneOfInAnyCase(...LOG_LEVEL_NAMES)
    .default('ALL')
    .describe('Lowest level of this appender.'),
  timeZone: z
    .string('a time zone')
    .refine(isTimeZone, 'a time zone such as UTC, Europe/Oslo, or system')
    .default('UTC')
    .describe('Time zone of dates.'),
  logFormat: z.string('a pattern').optional().meta({
    description: 'Pattern of a line, as in Logback.',
    example: '"%-5p [%d{ISO8601}] %c: %m%n%rEx"',
  }),
  layout: z
    .looseObject({ type: oneOf('json', 'access-json').describe('One JSON object per line.') })
    .optional(),
}

const consoleAppender = z.strictObject({
  type: z.literal('console'),
  ...common,
  target: oneOf('stdout', 'stderr').default('stdout').describe('Standard output or error.'),
})

const fileAppender = z.strictObject({
  type: z.literal('file'),
  ...common,
  currentLogFilename: plainText().min(1, 'the path of a file').describe('Path of the file.'),
  archive: flag().default(true),
  archivedLogFilenamePattern: plainText().optional(),
  archivedFileCount: wholeNumber(0, 100_000).default(5),
  maxFileSize: byteSize(1024, 1024 * GIB).optional(),
})

const syslogAppender = z.strictObject({
  type: z.literal('syslog'),
  ...common,
  host: plainText()
    .refine((host) => /^[0-9A-Za-z._:-]{1,255}$/.test(host), 'a host that receives syslog by UDP')
    .default('localhost'),
  port: wholeNumber(1, 65_535).default(514),
  facility: z
    .preprocess(
      (text) => (typeof text === 'string' ? text.toLowerCase() : text),
      oneOf(...FACILITIES),
    )
    .default('local0'),
})

export type AppenderSettings = z.output<typeof appender>

const appender = z
  .discriminatedUnion('type', [consoleAppender, fileAppender, syslogAppender], {
    error: 'a block with the type console, file or syslog',
  })
  .superRefine((settings, context) => {
    const refuse = (key: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [key], message })
    try {
      if (settings.logFormat !== undefined) patternLayout(settings.logFormat, settings.timeZone)
    } catch (error) {
      refuse('logFormat', error instanceof Error ? error.message : String(error))
    }
    if (settings.type === 'file') refuseBadArchive(settings, refuse)
  })

/** A list of appenders. Without one the log is JSON lines on standard error. */
export const appenders = () =>
  z.array(appender, 'a list of appenders').max(16, 'at most 16 appenders')

function refuseBadArchive(
  settings: z.output<typeof fileAppender>,
  refuse: (key: string, message: string) => void,
): void {
  const { archive, archivedLogFilenamePattern: pattern, maxFileSize, timeZone } = settings
  if (!archive) return
  const key = 'archivedLogFilenamePattern'
  if (pattern === undefined) {
    refuse(key, 'a name such as ./logs/proxy-%d.log.gz, or archive: false')
    return
  }
  try {
    const name = new ArchiveName(pattern, timeZone)
    if (maxFileSize !== undefined && !name.hasIndex)
      refuse(key, 'a name with %i, because of maxFileSize')
    if (maxFileSize === undefined && !name.hasDate) refuse(key, 'a name with %d, or a maxFileSize')
  } catch (error) {
    refuse(key, error instanceof Error ? error.message : String(error))
  }
}
