import type { FileConnector } from './connector-schema.ts'
import type { ConfigFile } from './schema.ts'

/** A connector, and where in the file it is. */
export interface PlacedConnector {
  readonly connector: FileConnector
  readonly path: readonly (string | number)[]
}

/**
 * The connectors of a server. One of type `simple` has a single connector for both [dropwizard]. Its
 * admin pages are at a free port of this host, to which the connector passes requests on.
 */
export function serverConnectors({ server }: Pick<ConfigFile, 'server'>): {
  readonly application: readonly PlacedConnector[]
  readonly admin: readonly PlacedConnector[]
} {
  if (server.type === 'simple') {
    const [standard] = server.applicationConnectors
    const connector = server.connector ?? standard
    const path = ['server', 'connector']
    return {
      application: connector === undefined ? [] : [{ connector, path }],
      admin: server.adminConnectors.map((admin) => ({
        connector: { ...admin, port: 0 },
        path: ['server', 'type'],
      })),
    }
  }
  const placed = (list: 'applicationConnectors' | 'adminConnectors') =>
    server[list].map((connector, index) => ({ connector, path: ['server', list, index] }))
  return { application: placed('applicationConnectors'), admin: placed('adminConnectors') }
}

/** Path of the admin pages, which is not `/`, without a slash at its end; '' = only `/`. */
export function adminContextPathOf({ server }: Pick<ConfigFile, 'server'>): string {
  const path = server.adminContextPath ?? (server.type === 'simple' ? '/admin' : '/')
  return path.endsWith('/') ? path.slice(0, -1) : path
}
