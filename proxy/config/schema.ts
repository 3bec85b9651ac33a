import { z } from 'zod'

import { DROPWIZARD_KEYS } from './dropwizard-keys.ts'
import {
  bindHost,
  fieldName,
  fieldText,
  flag,
  fraction,
  nameList,
  oneOf,
  oneOfInAnyCase,
  originList,
  plainText,
  wholeNumber,
} from './scalars.ts'
import { refusePortsInUse, refuseUnsendableFields } from './schema-rules.ts'

const DAY_MS = 86_400_000
const GIB = 1_073_741_824
const MOST_BACK_ENDS = 1000

const connector = z.strictObject({
  ...ignoring(DROPWIZARD_KEYS.connector),
  type: z.literal('http', 'http (put a TLS terminator in front for https)').default('http'),
  port: wholeNumber(0, 65_535),
  bindHost: bindHost().optional(),
})

const connectors = z.array(connector, 'a list of connectors').min(1, 'at least one connector')

const server = z.strictObject({
  ...ignoring(DROPWIZARD_KEYS.server),
  type: oneOf('default').default('default'),
  applicationConnectors: connectors.default([{ type: 'http', port: 9080 }]),
  adminConnectors: connectors.default([{ type: 'http', port: 7090 }]),
  gzip: z.looseObject({ enabled: flag().default(false) }).optional(),
})

const backEnd = z.strictObject({
  uri: z.string('a URL').transform(toUpstreamUrl),
  credentials: z
    .strictObject({
      username: plainText().refine(
        (name) => !name.includes(':'),
        'a user name without a colon, which HTTP Basic cannot carry',
      ),
      password: plainText(),
    })
    .optional(),
  httpHeaders: z
    .record(fieldName(), fieldText(), 'header fields by name')
    .superRefine(refuseUnsendableFields)
    .optional(),
})

const cors = z.strictObject({
  allowedOrigins: originList().default(['*']),
  allowedHeaders: nameList().default(['X-Requested-With', 'Content-Type', 'Accept', 'Origin']),
  allowedMethods: nameList().default(['GET', 'POST', 'HEAD']),
  preflightMaxAge: wholeNumber(0, DAY_MS).default(1800),
  allowCredentials: flag().default(true),
  exposedHeaders: nameList().default([]),
  chainPreflight: flag().default(true),
})

const LEVELS = ['ALL', 'TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'OFF'] as const

/** A logger's value is its level, or an object that has one. */
const logger = z.union([
  oneOfInAnyCase(...LEVELS),
  z.looseObject({ level: oneOfInAnyCase(...LEVELS).optional() }),
])

const logging = z.strictObject({
  ...ignoring(DROPWIZARD_KEYS.logging),
  level: oneOfInAnyCase(...LEVELS).default('INFO'),
  loggers: z.record(z.string(), logger).default({}),
})

// A timer of Node holds 31 bits.
const durationMs = () => wholeNumber(0, 24 * DAY_MS)

const backEndSettings = z.strictObject({
  connectMs: wholeNumber(1, DAY_MS).default(10_000),
  headMs: wholeNumber(1, DAY_MS).default(30_000),
  silenceMs: wholeNumber(1, DAY_MS).default(600_000),
  reconnectFirstMs: wholeNumber(1, DAY_MS).default(10_000),
  reconnectCapMs: wholeNumber(1, DAY_MS).default(60_000),
  reconnectJitter: fraction().default(0.1),
  steadyMs: durationMs().default(10_000),
  keepAliveMs: durationMs().default(30_000),
  maxIdBytes: wholeNumber(0, 4096).default(1024),
  redirectOrigins: originList()
    .refine((origins) => origins.every(isOrigin), 'origins such as https://host:8443, or *')
    .default([]),
})

const replay = z.strictObject({
  ids: oneOf('proxy', 'upstream').default('proxy'),
  maxFrames: wholeNumber(1, 100_000_000).default(100_000),
  maxBytes: wholeNumber(1024, GIB).default(33_554_432),
  maxAgeMs: durationMs().default(3_600_000),
})

const limits = z.strictObject({
  maxConnections: wholeNumber(0, 10_000_000).default(0),
  maxPerAddress: wholeNumber(0, 10_000_000).default(0),
  connectionsPerSecond: wholeNumber(0, 10_000_000).default(0),
  whenFull: oneOf('answer-503', 'close').default('answer-503'),
})

const resync = z.strictObject({
  mode: oneOf('announce', 'off').default('announce'),
  maxPointers: wholeNumber(1, 1_000_000).default(10_000),
  spreadMs: durationMs().default(30_000),
  settleMs: durationMs().default(1000),
})

const admin = z.strictObject({
  allowHosts: nameList().default([]),
  tasks: oneOf('loopback', 'on', 'off').default('loopback'),
  maxConnections: wholeNumber(1, 10_000).default(64),
  headMs: wholeNumber(100, DAY_MS).default(10_000),
  idleMs: wholeNumber(100, DAY_MS).default(30_000),
})

const settings = z.strictObject({
  heartbeatMs: durationMs().default(15_000),
  stallMs: wholeNumber(100, DAY_MS).default(30_000),
  headMs: wholeNumber(100, DAY_MS).default(10_000),
  maxHeadBytes: wholeNumber(1024, 1_048_576).default(8192),
  maxFrameBytes: wholeNumber(1024, GIB).default(16_777_216),
  maxStreamMs: durationMs().default(0),
  returnSpreadMs: wholeNumber(0, DAY_MS).default(5000),
  limits: limits.prefault({}),
  workers: z
    .union([z.literal('auto'), wholeNumber(1, 64)], 'auto or a whole number from 1 to 64')
    .default('auto'),
  resync: resync.prefault({}),
  backEnd: backEndSettings.prefault({}),
  replay: replay.prefault({}),
  admin: admin.prefault({}),
})

/** The configuration file: the vendor's keys, and our own under `proxy`. */
export const fileSchema = z
  .strictObject(
    {
      ...ignoring(DROPWIZARD_KEYS.root),
      server: server.prefault({}),
      backends: z
        .array(backEnd, 'a list of back ends')
        .min(1, 'at least one back end')
        .max(MOST_BACK_ENDS, `at most ${MOST_BACK_ENDS} back ends`),
      cors: cors.prefault({}),
      logging: logging.prefault({}),
      proxy: settings.prefault({}),
    },
    'the blocks server, backends …',
  )
  .superRefine(({ backends, proxy }, context) => {
    if (proxy.replay.ids === 'proxy' || backends.length === 1) return
    const message = 'proxy, since ids of several back ends do not go together'
    context.addIssue({ code: 'custom', path: ['proxy', 'replay', 'ids'], message })
  })
  .superRefine(({ backends }, context) => {
    const seen = new Set<string>()
    for (const [index, { uri }] of backends.entries()) {
      const message = 'a URL that no other back end has, or clients get its events twice'
      if (seen.has(uri.href)) {
        context.addIssue({ code: 'custom', path: ['backends', index, 'uri'], message })
      }
      seen.add(uri.href)
    }
  })
  .superRefine(refusePortsInUse)

/** Keys that may be there, with any value. */
function ignoring(keys: readonly string[]): Record<string, z.ZodOptional<z.ZodUnknown>> {
  return Object.fromEntries(keys.map((key) => [key, z.unknown().optional()]))
}

function isOrigin(text: string): boolean {
  return text === '*' || (URL.canParse(text) && new URL(text).origin === text)
}

function toUpstreamUrl(text: string, context: z.RefinementCtx): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    context.addIssue({ code: 'custom', message: 'a URL that starts with http:// or https://' })
    return z.NEVER
  }
  if (url.username !== '' || url.password !== '') {
    const message = 'a URL without a login, which goes under credentials'
    context.addIssue({ code: 'custom', message, params: { isSecret: true } })
    return z.NEVER
  }
  return url
}
