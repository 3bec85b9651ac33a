import { z } from 'zod'

import { refuseKeyWithoutCertificate } from './back-end-rules.ts'
import { keyStoreKeys, trustStoreKeys } from './connector-schema.ts'
import { duration } from './quantities.ts'
import { flag, oneOf, plainText, wholeNumber } from './scalars.ts'

/** It begins the keys of Redis and the ids of events. */
const ROW_NAME = /^[0-9A-Za-z][0-9A-Za-z._-]{0,31}$/
const MAX_AGE_MS = 365 * 86_400_000
const DATABASE = /^(?:\/[0-9]{0,5})?$/

const credentials = z.strictObject({
  username: plainText().optional().describe('User name. Default: the default user of Redis.'),
  password: plainText().describe('Password.'),
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
      .describe('URL of Redis 7 or Valkey: redis://HOST:PORT, or rediss:// for TLS.'),
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
    tls: tls.optional().describe('TLS of an engine whose URL starts with rediss.'),
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
  .superRefine(({ url, tls: block }, context) => {
    if (block === undefined || url.protocol === 'rediss:') return
    const message = 'no TLS for an engine whose URL starts with redis'
    context.addIssue({ code: 'custom', path: ['tls'], message })
  })

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
