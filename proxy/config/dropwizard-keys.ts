import { z } from 'zod'

/**
 * Keys of Dropwizard (1.0 to 4.0), the framework of the vendor's proxy. They tune a JVM web server
 * and have no effect here. A file that has them is accepted with one warning.
 */
const CONNECTOR_KEYS = [
  'acceptorThreads',
  'bufferPoolIncrement',
  'headerCacheSize',
  'inheritChannel',
  'inputBufferSize',
  'maxBufferPoolSize',
  'maxResponseHeaderSize',
  'minBufferPoolSize',
  'outputBufferSize',
  'reuseAddress',
  'selectorThreads',
  'soLingerTime',
] as const

/** Of connectors with TLS. */
const TLS_KEYS = [
  'allowRenegotiation',
  'certAlias',
  'disableSniHostCheck',
  'enableCRLDP',
  'enableOCSP',
  'endpointIdentificationAlgorithm',
  'jceProvider',
  'keyManagerPassword',
  'keyStoreProvider',
  'maxCertPathLength',
  'ocspResponderUrl',
  'trustStorePassword',
  'trustStoreProvider',
  'trustStoreType',
  'validateCerts',
  'validatePeers',
] as const

/** Of the TLS of a client. */
const CLIENT_TLS_KEYS = [
  'certAlias',
  'keyStoreProvider',
  'protocol',
  'provider',
  'trustStorePassword',
  'trustStoreProvider',
  'trustStoreType',
] as const

const SERVER_KEYS = [
  'adminContextPath',
  'adminMaxThreads',
  'adminMinThreads',
  'allowedMethods',
  'applicationContextPath',
  'detailedJsonProcessingExceptionMapper',
  'dumpAfterStart',
  'dumpBeforeStop',
  'enableThreadNameFilter',
  'gid',
  'group',
  'idleThreadTimeout',
  'maxQueuedRequests',
  'maxThreads',
  'minThreads',
  'nofileHardLimit',
  'nofileSoftLimit',
  'registerDefaultExceptionMappers',
  'rootPath',
  'serverPush',
  'shutdownGracePeriod',
  'startsAsRoot',
  'uid',
  'umask',
  'user',
] as const

/** Keys of appenders that have no effect: the queue here is bounded by bytes. */
export const APPENDER_KEYS = [
  'queueSize',
  'discardingThreshold',
  'includeCallerData',
  'neverBlock',
  'filterFactories',
  'messageRate',
  'bufferSize',
  'immediateFlush',
  'stackTracePrefix',
  'includeStackTrace',
  'totalSizeCap',
] as const

/** By the place in the file where they are accepted. */
export const DROPWIZARD_KEYS = {
  connector: CONNECTOR_KEYS,
  tls: TLS_KEYS,
  clientTls: CLIENT_TLS_KEYS,
  server: SERVER_KEYS,
  root: ['admin', 'health', 'metrics'],
} as const

/** Keys that are accepted with any value. */
export function ignoring(keys: readonly string[]): Record<string, z.ZodOptional<z.ZodUnknown>> {
  return Object.fromEntries(keys.map((key) => [key, z.unknown().optional()]))
}
