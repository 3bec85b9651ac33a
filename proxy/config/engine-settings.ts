import { z } from 'zod'

import type { HostAndPort } from '../row/redis-target.ts'
import { refuseKeyWithoutCertificate } from './back-end-rules.ts'
import { keyStoreKeys, trustStoreKeys } from './connector-schema.ts'
import { duration } from './quantities.ts'
import { flag, oneOf, plainText, wholeNumber } from './scalars.ts'

/** It begins the keys of Redis and the ids of events. */
const ROW_NAME = /^[0-9A-Za-z][0-9A-Za-z._-]{0,31}$/
const MAX_AGE_MS = 365 * 86_400_000
/** As Redis allows it in its own configuration. */
const PRIMARY_NAME = /^[0-9A-Za-z._-]{1,64}$/
const ADDRESS = /^(?:\[([0-9A-Fa-f:.]{2,45})\]|([0-9A-Za-z._-]{1,255})):([0-9]{1,5})$/
const MOST_SENTINELS = 9
const DATABASE = /^(?:\/[0-9]{0,5})?$/

const credentials = z.strictObject({
  username: plainText().optional().describe('User name. Default: the default user of Redis.'),
  password: plainText().describe('Password.'),
})

const sentinels = z.strictObject({
  addresses: z
    .array(z.string('HOST:PORT').transform(toAddress), 'a list of HOST:PORT')
    .min(1, 'at least one HOST:PORT')
    .max(MOST_SENTINELS, `at most ${MOST_SENTINELS} of HOST:PORT`)
    .describe('HOST:PORT of each sentinel.'),
  primary: z
    .string('the name of the primary')
    .regex(PRIMARY_NAME, 'up to 64 letters, digits, dots, hyphens and underscores')
    .describe('Name under which the sentinels watch the primary (`sentinel monitor NAME …`).'),
  credentials: credentials.optional().describe('Login at the sentinels. Default: none.'),
})

const tls = z
  .strictObject({
    ...keyStoreKeys,
    ...trustStoreKeys,
    verifyHostname: flag()
      .default(true)
      .describe('Whether the certificate must be valid for the host of the URL.'),
  })
  .superRefine(refuseKeyWithoutCertificate)

/** The block `proxy.engine` of the file: where a row of proxies has its shared log. */
export const engineSettings = z
  .strictObject({
    url: z
      .string('a URL')
      .transform(toRedisUrl)
      .optional()
      .meta({
        description:
          'URL of Redis 7 or Valkey: redis://HOST:PORT, or rediss:// for TLS. Required without ' +
          '`sentinels`.',
        example: 'redis://redis.internal:6379',
      }),
    sentinels: sentinels.optional().meta({
      description:
        'Redis Sentinels that know where the primary is, instead of `url`: HOST:PORT of each, the ' +
        'name under which they watch it (`sentinel monitor NAME …`), and the login there, which is ' +
        'another one than at Redis.',
      example:
        '{addresses: [one.internal:26379, two.internal:26379], primary: main, ' +
        'credentials: {password: "${SENTINEL_PASSWORD}"}}',
    }),
    name: z
      .string('the name of the row')
      .regex(ROW_NAME, 'up to 32 letters, digits, dots, hyphens and underscores')
      .describe(
        'Name of the row. All its proxies have the same name and the same back ends. It begins ' +
          'the ids of events and the keys in Redis.',
      ),
    credentials: credentials.optional().meta({
      description: 'Login at Redis.',
      example: { username: 'sse-proxy', password: '${REDIS_PASSWORD}' },
    }),
    tls: tls
      .optional()
      .describe(
        'TLS of an engine whose URL starts with rediss. With `sentinels`: if it is given, the ' +
          'connections to them and to Redis are by TLS.',
      ),
    leaseMs: duration(1000, 60_000)
      .default(10_000)
      .describe(
        'Longest time until another proxy reads a back end whose reader has died. The first ' +
          'proxy of a new row reads after half of it.',
      ),
    whenAway: oneOf('own-connection', 'wait')
      .default('own-connection')
      .describe(
        'What a proxy does that cannot reach the engine for `leaseMs` and 5 s. `own-connection`: ' +
          'it reads the back ends itself, with ids of its own. `wait`: its clients stay, and get ' +
          'nothing new.',
      ),
    maxFrames: wholeNumber(100, 10_000_000)
      .default(100_000)
      .describe('About how many events the engine keeps for proxies that start.'),
    maxAgeMs: duration(1000, MAX_AGE_MS)
      .default(3_600_000)
      .describe('Age at which an event leaves the engine.'),
  })
  .superRefine(({ url, sentinels: watched, tls: block }, context) => {
    if ((url === undefined) === (watched === undefined)) {
      const message = 'either a URL or sentinels'
      context.addIssue({ code: 'custom', path: ['url'], message })
    }
    if (block === undefined || url === undefined || url.protocol === 'rediss:') return
    const message = 'no TLS for an engine whose URL starts with redis'
    context.addIssue({ code: 'custom', path: ['tls'], message })
  })

function toAddress(text: string, context: z.RefinementCtx): HostAndPort {
  const [, literal, name, port] = ADDRESS.exec(text) ?? []
  const host = literal ?? name
  const number = Number(port)
  if (host === undefined || number < 1 || number > 65_535) {
    context.addIssue({ code: 'custom', message: 'HOST:PORT, without a login' })
    return z.NEVER
  }
  return { host, port: number }
}

/** The URL of the engine; refuses one with a login, which every message would repeat. */
function toRedisUrl(text: string, context: z.RefinementCtx): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !['redis:', 'rediss:'].includes(url.protocol) || url.hostname === '') {
    const message = 'a URL that starts with redis:// or rediss://'
    context.addIssue({ code: 'custom', message })
    return z.NEVER
  }
  if (url.username !== '' || url.password !== '') {
    const message = 'a URL without a login, which goes under credentials'
    context.addIssue({ code: 'custom', message })
    return z.NEVER
  }
  if (!DATABASE.test(url.pathname) || url.search !== '' || url.hash !== '') {
    const message = 'a URL with nothing after the port but the number of a database'
    context.addIssue({ code: 'custom', message })
    return z.NEVER
  }
  return url
}
