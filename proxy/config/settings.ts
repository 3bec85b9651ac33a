import { z } from 'zod'

import { FORWARDED_FIELDS } from '../front/forwarded.ts'
import { engineSettings } from './engine-settings.ts'
import { byteSize, duration } from './quantities.ts'
import {
  filePath,
  flag,
  fraction,
  isOrigin,
  nameList,
  oneOf,
  originList,
  peerList,
  wholeNumber,
} from './scalars.ts'

const DAY_MS = 86_400_000
const GIB = 1_073_741_824

// A timer of Node holds 31 bits.
const durationMs = () => duration(0, 24 * DAY_MS)
const count = () => wholeNumber(0, 10_000_000)

const limits = z.strictObject({
  maxConnections: count()
    .default(0)
    .describe('Largest number of clients. 0 = the limit of open files, less 256, per process.'),
  maxPerAddress: count()
    .default(0)
    .describe('Largest number of clients with the same IP address. 0 = no limit.'),
  connectionsPerSecond: count()
    .default(0)
    .describe(
      'Largest number of new clients per second, divided evenly among workers. 0 = no limit.',
    ),
  whenFull: oneOf('answer-503', 'close')
    .default('answer-503')
    .describe(
      'Response to a client above a limit. `answer-503` sends Retry-After, but the EventSource of ' +
        'a browser gives up after a 503. After `close` it reconnects.',
    ),
})

const backEnd = z.strictObject({
  connectMs: duration(1, DAY_MS)
    .default(10_000)
    .describe('Time limit for a connection to a back end.'),
  headMs: duration(1, DAY_MS)
    .default(30_000)
    .describe('Time limit for the response head of a back end.'),
  silenceMs: duration(1, DAY_MS)
    .default(600_000)
    .describe('Time without a byte after which a connection is replaced. A comment is a byte.'),
  reconnectFirstMs: duration(1, DAY_MS)
    .default(10_000)
    .describe(
      'First wait before a reconnect. Each wait is twice the one before. A `retry` field of the ' +
        'back end, at least one second and at most `reconnectCapMs`, replaces the first wait.',
    ),
  reconnectCapMs: duration(1, DAY_MS).default(60_000).describe('Longest wait before a reconnect.'),
  reconnectJitter: fraction()
    .default(0.1)
    .describe(
      'Random part of each wait. 0.1 = up to 10 % shorter or longer, never above `reconnectCapMs`.',
    ),
  steadyMs: durationMs()
    .default(10_000)
    .describe('How long a connection must last before the next wait is the first one again.'),
  keepAliveMs: durationMs()
    .default(30_000)
    .describe(
      'Silence after which the kernel sends TCP keep-alive probes. It detects a dead back end ' +
        'about ten seconds later. Over HTTP/2 the proxy also sends a PING then, whose answer may ' +
        'take `connectMs`. 0 = never.',
    ),
  maxIdBytes: byteSize(0, 4096)
    .default(1024)
    .describe(
      'Longest event id that is sent back as Last-Event-ID and, with `replay.ids: upstream`, ' +
        'forwarded to clients.',
    ),
  redirectOrigins: originList()
    .refine((origins) => origins.every(isOrigin), 'origins such as https://host:8443, or *')
    .default([])
    .describe(
      'Origins, separated by commas, that redirects may lead to besides the origin of the back ' +
        'end, such as https://node2.example.org. * = all.',
    ),
})

const replay = z.strictObject({
  ids: oneOf('proxy', 'upstream')
    .default('proxy')
    .describe(
      '`proxy`: ids of this proxy. `upstream`: the ids of the only back end, so that a client ' +
        'may resume on any proxy that has this back end.',
    ),
  earlyId: flag()
    .default(true)
    .describe(
      'Whether a new client gets the newest id before any event, so that it can resume when it is ' +
        'disconnected before its first one. Some clients take this block for an empty message: ' +
        '`false` spares them.',
    ),
  maxFrames: wholeNumber(1, 100_000_000)
    .default(100_000)
    .describe('Largest number of events in the log. The log is what clients can resume from.'),
  maxBytes: byteSize(1024, GIB)
    .default(33_554_432)
    .describe('Largest size of the log, as bytes on the wire with ids and chunk framing.'),
  maxAgeMs: durationMs().default(3_600_000).describe('Age at which an event leaves the log.'),
})

const resync = z.strictObject({
  mode: oneOf('announce', 'changelog', 'off')
    .default('announce')
    .describe(
      '`announce`: after a gap, clients get the URLs of all known change logs again. ' +
        '`changelog`: after an outage the proxy asks each change log, and clients get the URLs of ' +
        'those that changed. `off`: they only get the gap event.',
    ),
  stateFile: filePath()
    .default('')
    .describe(
      'File in which the known change logs and the last event id survive a restart. Its folder ' +
        'must exist. Empty = none.',
    ),
  graceMs: duration(1, DAY_MS)
    .default(5000)
    .describe(
      'With `changelog`: pause after events of a change log before the proxy asks it, and longest ' +
        'time between a change and its event.',
    ),
  maxPointers: wholeNumber(1, 1_000_000)
    .default(10_000)
    .describe('Largest number of change log URLs that are remembered.'),
  spreadMs: durationMs()
    .default(30_000)
    .describe('Period over which announcements to clients are spread.'),
  settleMs: durationMs()
    .default(1000)
    .describe('How long a back end must be connected again before its URLs are announced again.'),
})

const longPoll = z.strictObject({
  enabled: flag()
    .default(false)
    .describe(
      'Whether a request with `X-Requested-With: XMLHttpRequest` gets a response that ends soon ' +
        'after its events, for clients that cannot read a response before its end.',
    ),
  holdMs: duration(100, DAY_MS)
    .default(30_000)
    .describe(
      'Longest wait for an event. Then the response ends without one. Some clients give up after ' +
        '50 s.',
    ),
  quietMs: duration(1, DAY_MS)
    .default(250)
    .describe('Silence after events that ends the response. It ends 2 s after the first at most.'),
  maxBytes: byteSize(1024, GIB)
    .default(262_144)
    .describe('Size of a response that ends it. The write that reaches it is the last one.'),
})

const admin = z.strictObject({
  allowHosts: nameList()
    .default([])
    .describe('Further host names, separated by commas, that requests may use in Host.'),
  tasks: oneOf('loopback', 'on', 'off')
    .default('loopback')
    .describe(
      'Who may run tasks: programs on this host (`loopback`), every client of the port (`on`), or ' +
        'no client (`off`). With `server.type: simple`, `loopback` is the same as `off`.',
    ),
  maxConnections: wholeNumber(1, 10_000)
    .default(64)
    .describe('Largest number of connections. One more closes the oldest idle one.'),
  headMs: duration(100, DAY_MS).default(10_000).describe('Time limit for a request.'),
  idleMs: duration(100, DAY_MS)
    .default(30_000)
    .describe('Time after which an idle connection is closed.'),
})

/** The block `cors` of the file: how pages of other origins may use the stream. */
export const corsSettings = z.strictObject({
  allowedOrigins: originList()
    .default(['*'])
    .describe('Origins, separated by commas. A * in an origin matches any text.'),
  allowedHeaders: nameList()
    .default(['X-Requested-With', 'Content-Type', 'Accept', 'Origin'])
    .describe('Request header fields. * = all. Last-Event-ID is always allowed.'),
  allowedMethods: nameList().default(['GET', 'POST', 'HEAD']).describe('Request methods.'),
  preflightMaxAge: wholeNumber(0, DAY_MS)
    .default(1800)
    .describe('How long a browser may cache the response to a preflight, in seconds.'),
  allowCredentials: flag().default(true).describe('Whether requests may carry credentials.'),
  exposedHeaders: nameList().default([]).describe('Response header fields that a page may read.'),
  chainPreflight: flag()
    .default(true)
    .describe(
      'Whether a preflight gets the response of the stream to OPTIONS, or an empty 200 response.',
    ),
})

/** The block `proxy` of the file: what only this proxy has. `…Ms` are milliseconds. */
export const proxySettings = z.strictObject({
  heartbeatMs: durationMs()
    .default(15_000)
    .describe('Silence after which a client gets a comment line. 0 = never.'),
  stallMs: duration(100, DAY_MS)
    .default(30_000)
    .describe('Time after which a client is disconnected whose socket takes no bytes.'),
  headMs: duration(100, DAY_MS)
    .default(10_000)
    .describe('Time limit for the request head of a client.'),
  maxHeadBytes: byteSize(1024, 1_048_576)
    .default(8192)
    .describe('Largest request head of a client.'),
  certificateCheckMs: durationMs()
    .default(60_000)
    .describe('How often the files of certificates are looked at for new ones. 0 = never.'),
  maxFrameBytes: byteSize(1024, GIB)
    .default(16_777_216)
    .describe('Largest event of a back end. A larger one closes the connection to the back end.'),
  maxStreamMs: durationMs()
    .default(0)
    .describe('Longest duration of a stream, up to 20 % shorter at random. 0 = no limit.'),
  drainMs: duration(0, DAY_MS)
    .default(0)
    .describe(
      'Time after SIGTERM in which `/ready` and `/healthcheck` are 503 and clients are served as ' +
        'before. Then streams end one after the other. 0 = all streams end at once.',
    ),
  returnSpreadMs: duration(0, DAY_MS)
    .default(5000)
    .describe(
      'At shutdown, each client is asked to reconnect after 1 s and a random part of this. After ' +
        '`drainMs`, streams end over this time, and each client reconnects after 1 s.',
    ),
  crashSpreadMs: duration(0, DAY_MS)
    .default(0)
    .describe(
      'Each stream begins with a `retry` of 1 s and a random part of this, so that clients do not ' +
        'return together after a crash. 0 = no `retry`: clients use their own time.',
    ),
  upgradeMs: duration(100, DAY_MS)
    .default(60_000)
    .describe(
      'Time limit for an upgrade. A new process that does not serve the clients by then is ended, ' +
        'and this one keeps its clients.',
    ),
  workers: z
    .union([z.literal('auto'), wholeNumber(1, 64)], 'auto or a whole number from 1 to 64')
    .meta({ expected: 'auto, or 1 to 64' })
    .default('auto')
    .describe(
      'Number of processes that serve clients. `auto` = as many as `limits.maxConnections` needs.',
    ),
  trustedProxies: peerList()
    .default([])
    .describe(
      'Balancers and reverse proxies that may name the address of a client: addresses and ' +
        'networks such as 10.0.0.0/8, and unix for all peers of Unix sockets, separated by commas.',
    ),
  forwardedField: oneOf(...FORWARDED_FIELDS)
    .default('X-Forwarded-For')
    .describe(
      'Header field in which they do so. Name the one that they set: the other one may come from ' +
        'a client.',
    ),
  limits: limits.prefault({}).describe('Limits for clients. They hold for all workers together.'),
  backEnd: backEnd.prefault({}).describe('Connections to back ends.'),
  replay: replay.prefault({}).describe('The log of recent events.'),
  resync: resync.prefault({}).describe('Recovery of clients that may have missed events.'),
  engine: engineSettings.optional().meta({
    description:
      'A log that a row of proxies shares, so that a client may resume on each of them. Default: ' +
      'none.',
    example: { url: 'redis://redis.internal:6379', name: 'newsroom' },
  }),
  longPoll: longPoll
    .prefault({})
    .describe('Clients that read the stream by one request after the other.'),
  admin: admin.prefault({}).describe('The admin port.'),
})

export type ProxySettings = z.output<typeof proxySettings>
export type BackEndSettings = ProxySettings['backEnd']
export type LimitSettings = ProxySettings['limits']
export type ReplaySettings = ProxySettings['replay']
export type EngineSettings = NonNullable<ProxySettings['engine']>
export type LongPollSettings = ProxySettings['longPoll']
export type AdminSettings = ProxySettings['admin']
export type CorsSettings = z.output<typeof corsSettings>
