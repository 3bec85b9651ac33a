import { z } from 'zod'

import { appenders } from './appender-schema.ts'
import {
  refuseKeyWithoutCertificate,
  refuseUnsendableFields,
  toBackEndUrl,
} from './back-end-rules.ts'
import { connector, connectors, keyStoreKeys, trustStoreKeys } from './connector-schema.ts'
import { DROPWIZARD_KEYS, ignoring } from './dropwizard-keys.ts'
import { LOG_LEVEL_NAMES } from './log-levels.ts'
import { fieldName, fieldText, flag, oneOf, oneOfInAnyCase, plainText, urlPath } from './scalars.ts'
import { corsSettings, proxySettings } from './settings.ts'

const MAX_BACK_ENDS = 1000
const requestLog = z.strictObject({
  ...ignoring(DROPWIZARD_KEYS.requestLog),
  type: z.string('logback-access or classic').optional().meta({
    withoutEffect: 'A stream has the same line with each type.',
  }),
  appenders: appenders().default([]),
})

const server = z.strictObject({
  ...ignoring(DROPWIZARD_KEYS.server),
  type: oneOf('default', 'simple')
    .default('default')
    .describe('`simple`: one connector for clients and admin pages.'),
  connector: connector.optional().meta({
    description:
      'With `type: simple`, instead of the two lists: the connector. Default: port 9080.',
    example: '{ type: http, port: 9080 }',
  }),
  applicationConnectors: connectors(9080).describe('Where clients connect.'),
  adminConnectors: connectors(7090).describe('Where health, metrics and tasks are served.'),
  adminContextPath: urlPath()
    .optional()
    .meta({
      description:
        'Path of the admin pages. On the admin port they are at `/`, too. Default: `/`, with ' +
        '`type: simple` `/admin`.',
      example: '/admin',
    }),
  requestLog: requestLog.optional().meta({
    description: 'One line for each stream that has ended. Default: none.',
    example: '{ appenders: [{ type: console }] }',
  }),
  gzip: z
    .looseObject({ enabled: flag().default(false) })
    .optional()
    .meta({ withoutEffect: 'A stream is never compressed.' }),
})

const credentials = z.strictObject({
  username: plainText()
    .refine(
      (name) => !name.includes(':'),
      'a user name without a colon, which HTTP Basic cannot carry',
    )
    .describe('User name.'),
  password: plainText().describe('Password. It is sent as it is written.'),
})

const backEndTls = z
  .strictObject({
    ...keyStoreKeys,
    ...trustStoreKeys,
    ...ignoring(DROPWIZARD_KEYS.clientTls),
    verifyHostname: flag()
      .default(true)
      .describe('Whether the certificate must be valid for the host of the URL.'),
  })
  .superRefine(refuseKeyWithoutCertificate)

const backEnd = z.strictObject({
  uri: z.string('a URL').transform(toBackEndUrl).describe('URL of the event stream.'),
  credentials: credentials.optional().describe('Login, sent as HTTP Basic.'),
  httpHeaders: z
    .record(fieldName(), fieldText(), 'header fields by name')
    .superRefine(refuseUnsendableFields)
    .default({})
    .describe('Header fields of the request. They override those that the proxy sends by itself.'),
  httpVersion: oneOf('auto', '1.1', '2')
    .default('auto')
    .describe(
      'Version of HTTP. `auto`: 1.1, and 2 if a server with TLS speaks nothing else. `2`: also ' +
        'without TLS, where the server must expect it.',
    ),
  tls: backEndTls
    .optional()
    .describe('TLS of a back end whose URL starts with https, as the clients of the framework.'),
})

const level = () => oneOfInAnyCase(...LOG_LEVEL_NAMES)

/** A logger's value is its level, or an object that has one. */
const logger = z.union(
  [level(), z.looseObject({ level: level().optional() })],
  `a level (${LOG_LEVEL_NAMES.join(', ')}), or a block that has one`,
)

const logging = z.strictObject({
  level: level().default('INFO').describe('Lowest level that is logged, in any letter case.'),
  loggers: z
    .record(z.string(), logger)
    .default({})
    .describe(
      'Levels by logger. Known: com.escenic.sse.proxy, and ' +
        'com.escenic.sse.proxy.ProtectedHttpEndpoint for back ends. A name includes all below it.',
    ),
  appenders: appenders().optional().meta({
    description: 'Where the log goes. Default: JSON lines on standard error.',
    example: '[{ type: file, currentLogFilename: proxy.log, archive: false }]',
  }),
})

/** The blocks of the configuration file: the vendor's, and our own under `proxy`. */
export const fileBlocks = z.strictObject(
  {
    ...ignoring(DROPWIZARD_KEYS.root),
    server: server.prefault({}).describe('Listeners.'),
    backends: z
      .array(backEnd, 'a list of back ends')
      .min(1, 'at least one back end')
      .max(MAX_BACK_ENDS, `at most ${MAX_BACK_ENDS} back ends`)
      .describe('Event streams that clients get. The only block that is required.'),
    cors: corsSettings
      .prefault({})
      .describe('How web pages of other origins may use the stream, as in the filter of Jetty.'),
    logging: logging.prefault({}).describe('The log on standard error.'),
    proxy: proxySettings
      .prefault({})
      .describe("Settings that the vendor's proxy does not have. …Ms are milliseconds."),
  },
  'the blocks server, backends …',
)

/** The file as it was read, with defaults. */
export type ConfigFile = z.output<typeof fileBlocks>
