import { ProxyError } from '../errors.ts'
import type { Config } from './config.ts'
import { type Connector, findCollisions } from './connector.ts'

/**
 * What flags and environment variables override in the file [protocol §8.4]; undefined = not given.
 */
export interface Overrides {
  readonly port: number | undefined
  readonly adminPort: number | undefined
}

const APPLICATION = '--port or SSE_PROXY_PORT'
const ADMIN = '--admin-port or SSE_PROXY_ADMIN_PORT'

/**
 * Sets the port of the first connector of each kind. Throws `usage` if that is a Unix socket, or if
 * two connectors then have the same port.
 */
export function override(config: Config, { port, adminPort }: Overrides): Config {
  const applicationConnectors = withFirstPort(config.applicationConnectors, port, APPLICATION)
  const adminConnectors = withFirstPort(config.adminConnectors, adminPort, ADMIN)
  const [collision] = findCollisions([...applicationConnectors, ...adminConnectors])
  if (collision === undefined) return { ...config, applicationConnectors, adminConnectors }
  throw new ProxyError(
    'usage',
    `port ${collision.port} is given to two connectors: expected different ports; change --port, ` +
      '--admin-port, SSE_PROXY_PORT, SSE_PROXY_ADMIN_PORT, or the port of a connector in the file',
  )
}

function withFirstPort(
  [first, ...others]: readonly Connector[],
  port: number | undefined,
  origin: string,
): readonly Connector[] {
  if (first === undefined) return others
  if (port !== undefined && first.socket !== undefined) {
    const message =
      `${origin}: expected no port, since the first connector of the file is a Unix socket ` +
      `(${first.socket.path}); leave it out, or change the type of that connector`
    throw new ProxyError('usage', message)
  }
  return [{ ...first, port: port ?? first.port }, ...others]
}
