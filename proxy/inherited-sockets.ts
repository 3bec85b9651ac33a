import type { Config } from './config/config.ts'
import type { Connector } from './config/connector.ts'
import { ProxyError } from './errors.ts'

/** Descriptor of the first socket that a program is started with [sd_listen_fds(3)]. */
const FIRST = 3
const VARIABLES = ['LISTEN_FDS', 'LISTEN_PID', 'LISTEN_FDNAMES'] as const

/**
 * The configuration with the listening sockets that this process was started with, as systemd
 * passes them: the first one for the first application connector, and so on, then those for admin
 * connectors. Connectors without one listen by themselves. Such a socket stays open when this
 * process ends, and another process may accept at it at the same time.
 *
 * Removes the variables from `environment`, so that child processes do not take them for theirs.
 * Throws `cannot-listen` if there are more sockets than connectors.
 */
export function withInheritedSockets(
  config: Config,
  environment: NodeJS.ProcessEnv,
  pid: number,
): Config {
  const isForThisProcess = environment['LISTEN_PID'] === String(pid)
  const count = isForThisProcess ? Number(environment['LISTEN_FDS'] ?? 0) : 0
  for (const name of VARIABLES) delete environment[name]
  if (!Number.isInteger(count) || count <= 0) return config
  const { applicationConnectors, adminConnectors } = config
  const connectors = applicationConnectors.length + adminConnectors.length
  if (count > connectors) {
    throw new ProxyError(
      'cannot-listen',
      `got ${count} sockets for ${connectors} connectors: expected one ListenStream for each connector, or fewer`,
    )
  }
  const withSocket = (connector: Connector, index: number): Connector =>
    index < count ? { ...connector, fd: FIRST + index } : connector
  return {
    ...config,
    applicationConnectors: applicationConnectors.map(withSocket),
    adminConnectors: adminConnectors.map((connector, index) =>
      withSocket(connector, applicationConnectors.length + index),
    ),
  }
}
