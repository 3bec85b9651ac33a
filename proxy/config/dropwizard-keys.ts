import { z } from 'zod'

const THREADS =
  'It sizes the threads of a JVM. This proxy has one per process: see `proxy.workers`.'
const BUFFERS =
  'It sizes the buffers of a JVM server. Here all clients share the bytes of an event.'
const JVM_TLS = 'It chooses or tunes the TLS of a JVM. Here it is that of OpenSSL.'
const STORE_TYPE = 'The authorities are read as PEM, which has neither a type nor a password.'
const REVOCATION = 'Revoked certificates are read from `crlPath` only.'
const USER = 'Start the proxy as that user instead, such as with `User=` of a systemd unit.'
const FILES = 'Set the limit of open files where it is started, such as `LimitNOFILE=` of systemd.'
const DEBUG = 'It is for people who develop with the framework.'
const QUEUE = 'The queue of an appender has 1 MiB and never waits: the oldest lines are dropped.'
const STACKS = 'Stacks are in the log only for defects, and have no format of their own.'

/**
 * Keys of Dropwizard (1.0 to 4.0), the framework of the vendor's proxy, that have no effect here, and
 * why. A file that has them is accepted with one warning.
 */
const CONNECTOR_KEYS = {
  acceptorThreads: THREADS,
  bufferPoolIncrement: BUFFERS,
  headerCacheSize: BUFFERS,
  inheritChannel: 'Sockets that systemd opened are used, others are not.',
  inputBufferSize: BUFFERS,
  maxBufferPoolSize: BUFFERS,
  maxResponseHeaderSize:
    'Heads of responses have no limit. Only the origin in them comes from a client.',
  minBufferPoolSize: BUFFERS,
  outputBufferSize: BUFFERS,
  reuseAddress: 'It is always on.',
  selectorThreads: THREADS,
  soLingerTime: 'It is always off, as in the framework by default.',
} as const

/** Of connectors with TLS. */
const TLS_KEYS = {
  allowRenegotiation:
    'A client may renegotiate three times in ten minutes at most, whatever this says.',
  certAlias: 'The key store must have one private key: the proxy presents its certificate.',
  disableSniHostCheck: 'The name that a client asks for is never checked.',
  enableCRLDP: REVOCATION,
  enableOCSP: REVOCATION,
  endpointIdentificationAlgorithm: 'The address of a client is not compared with its certificate.',
  jceProvider: JVM_TLS,
  keyManagerPassword: 'The private key has the password of the key store: `keyStorePassword`.',
  keyStoreProvider: JVM_TLS,
  maxCertPathLength: 'Chains of certificates have the limits of OpenSSL.',
  ocspResponderUrl: REVOCATION,
  trustStorePassword: STORE_TYPE,
  trustStoreProvider: JVM_TLS,
  trustStoreType: STORE_TYPE,
  validateCerts: 'The log and health report a certificate that has expired or soon will.',
  validatePeers: 'Certificates of clients are always checked against the trust store.',
} as const

/** Of the TLS of a client. */
const CLIENT_TLS_KEYS = {
  certAlias: TLS_KEYS.certAlias,
  keyStoreProvider: JVM_TLS,
  protocol: 'TLS 1.2 and 1.3 are used, whichever the back end has.',
  provider: JVM_TLS,
  trustStorePassword: STORE_TYPE,
  trustStoreProvider: JVM_TLS,
  trustStoreType: STORE_TYPE,
} as const

const SERVER_KEYS = {
  adminMaxThreads: THREADS,
  adminMinThreads: THREADS,
  allowedMethods: 'Clients use GET, HEAD and OPTIONS; all others get 405.',
  applicationContextPath: 'The stream is on every path.',
  detailedJsonProcessingExceptionMapper: DEBUG,
  dumpAfterStart: DEBUG,
  dumpBeforeStop: DEBUG,
  enableThreadNameFilter: DEBUG,
  gid: USER,
  group: USER,
  idleThreadTimeout: THREADS,
  maxQueuedRequests: 'Requests do not wait for a thread. See `acceptQueueSize` and `proxy.limits`.',
  maxThreads: THREADS,
  minThreads: THREADS,
  nofileHardLimit: FILES,
  nofileSoftLimit: FILES,
  registerDefaultExceptionMappers: DEBUG,
  rootPath: 'The stream is on every path.',
  serverPush: 'There is nothing to push besides the stream.',
  shutdownGracePeriod: 'A stream has no end that one could wait for. See `proxy.drainMs`.',
  startsAsRoot: USER,
  uid: USER,
  umask: 'Set it where the proxy is started, such as with `UMask=` of a systemd unit.',
  user: USER,
} as const

/** Of appenders, whose queue is bounded by bytes. */
const APPENDER_KEYS = {
  queueSize: QUEUE,
  discardingThreshold: QUEUE,
  includeCallerData: 'Lines have the name of the logger, not that of a class.',
  neverBlock: QUEUE,
  filterFactories: 'Lines are chosen by `threshold` and by the levels of loggers.',
  messageRate: 'No line is left out, besides those of a full queue.',
  bufferSize: QUEUE,
  immediateFlush: 'Lines are written as soon as the disk takes them.',
  stackTracePrefix: STACKS,
  includeStackTrace: STACKS,
  totalSizeCap: 'Archives are limited by `archivedFileCount`.',
} as const

const REQUEST_LOG_KEYS = {
  filterUris: 'Each stream that has ended has a line.',
  timeZone: 'Each appender has a time zone of its own.',
} as const

const ROOT_KEYS = {
  admin: 'The admin port is in `server.adminConnectors` and `proxy.admin`.',
  health: 'Health is at `/healthcheck`, `/live` and `/ready` of the admin port.',
  metrics: 'There are no reporters: ask `/metrics` of the admin port.',
} as const

/** By the place in the file where they are accepted. */
export const DROPWIZARD_KEYS = {
  connector: CONNECTOR_KEYS,
  tls: TLS_KEYS,
  clientTls: CLIENT_TLS_KEYS,
  server: SERVER_KEYS,
  appender: APPENDER_KEYS,
  requestLog: REQUEST_LOG_KEYS,
  root: ROOT_KEYS,
} as const

/** Keys that are accepted with any value. The description says why they have no effect. */
export function ignoring(
  keys: Readonly<Record<string, string>>,
): Record<string, z.ZodOptional<z.ZodUnknown>> {
  const optional = Object.entries(keys).map(([key, why]) => [
    key,
    z.unknown().optional().meta({ withoutEffect: why }),
  ])
  return Object.fromEntries(optional)
}
