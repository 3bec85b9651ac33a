import { isDeepStrictEqual } from 'node:util'

import { ProxyError } from '../errors.ts'
import type { Connector } from './connector.ts'
import type { FileConnector } from './connector-schema.ts'
import type { ParsedFile } from './read-config.ts'
import type { ConfigFile } from './schema.ts'

/** Keys that a running proxy takes over, with all keys below them. */
export const RELOADED_KEYS = [
  'backends',
  'cors',
  'logging.level',
  'logging.loggers',
  'proxy.limits',
] as const

/** Keys of a connector that a running proxy takes over while its place and client login stay. */
export const RELOADED_CONNECTOR_KEYS = [
  'keyStorePath',
  'keyStorePassword',
  'keyStoreType',
  'keyPath',
  'trustStorePath',
  'crlPath',
  'supportedProtocols',
  'excludedProtocols',
  'supportedCipherSuites',
  'excludedCipherSuites',
] as const

const LISTS = ['applicationConnectors', 'adminConnectors'] as const

/**
 * What runs after a reload: of the next file what a running proxy takes over, and everything else as
 * it was. Throws `bad-config` if the two do not go together.
 */
export function takeOver(running: ParsedFile, next: ParsedFile): ParsedFile {
  refuseForeignIds(running, next)
  const [file, config] = [running.file, running.config]
  const stay = {
    applicationConnectors: stays('applicationConnectors', running, next),
    adminConnectors: stays('adminConnectors', running, next),
  }
  const connectors = (list: (typeof LISTS)[number]): readonly Connector[] =>
    config[list].map((connector, index) => {
      const { tls, tlsSettings } = next.config[list][index] ?? {}
      if (!stay[list] || tls === undefined || tlsSettings === undefined) return connector
      return { ...connector, tls, tlsSettings }
    })
  const fileConnectors = (list: (typeof LISTS)[number]) =>
    file.server[list].map((connector, index) =>
      stay[list] ? withReloaded(connector, next.file.server[list][index]) : connector,
    )
  const { connector: single } = file.server
  return {
    config: {
      ...config,
      applicationConnectors: connectors('applicationConnectors'),
      adminConnectors: connectors('adminConnectors'),
      backEnds: next.config.backEnds,
      cors: next.config.cors,
      logLevel: next.config.logLevel,
      backEndLogLevel: next.config.backEndLogLevel,
      settings: { ...config.settings, limits: next.config.settings.limits },
      warnings: next.config.warnings,
    },
    file: {
      ...file,
      server: {
        ...file.server,
        applicationConnectors: fileConnectors('applicationConnectors'),
        adminConnectors: fileConnectors('adminConnectors'),
        ...(single !== undefined && stay.applicationConnectors
          ? { connector: withReloaded(single, next.file.server.connector) }
          : {}),
      },
      backends: next.file.backends,
      cors: next.file.cors,
      logging: {
        ...file.logging,
        level: next.file.logging.level,
        loggers: next.file.logging.loggers,
      },
      proxy: { ...file.proxy, limits: next.file.proxy.limits },
    } satisfies ConfigFile,
  }
}

/** A connector with the keys of another one that a running proxy takes over. */
function withReloaded(connector: FileConnector, other: FileConnector | undefined): FileConnector {
  if (other === undefined) return connector
  const keys = RELOADED_CONNECTOR_KEYS.map((key) => [key, other[key]])
  return { ...connector, ...Object.fromEntries(keys) }
}

/** Whether all connectors of a list stay where they are and ask clients for the same. */
function stays(list: (typeof LISTS)[number], before: ParsedFile, after: ParsedFile): boolean {
  const [old, next] = [before.config[list], after.config[list]]
  return (
    old.length === next.length &&
    old.every(({ type, host, port, socket, tls }, index) => {
      const other = next[index]
      return (
        type === other?.type &&
        host === other.host &&
        port === other.port &&
        isDeepStrictEqual(socket, other.socket) &&
        tls?.clientAuth === other.tls?.clientAuth
      )
    })
  )
}

function urlsOf({ config }: ParsedFile): string {
  return config.backEnds.map(({ uri }) => uri.href).join(' ')
}

/** [sse §9.2.3] A client would resume with the id of one back end on another. */
function refuseForeignIds(running: ParsedFile, next: ParsedFile): void {
  if (urlsOf(running) === urlsOf(next)) return
  if (running.config.engine !== undefined) {
    const message =
      'backends has another URL: the proxies of a row (proxy.engine) share their back ends, so this ' +
      'needs a restart'
    throw new ProxyError('bad-config', message)
  }
  if (running.config.settings.replay.ids === 'proxy') return
  const message =
    'backends has another URL: the clients have ids of the back end before (proxy.replay.ids: ' +
    'upstream), so this needs a restart'
  throw new ProxyError('bad-config', message)
}
