import { readFileSync, readlinkSync } from 'node:fs'

import type { Config } from './config/config.ts'
import type { Connector } from './config/connector.ts'
import { ProxyError } from './errors.ts'
import { counted } from './counted.ts'

/** Descriptor of the first socket that a program is started with [sd_listen_fds(3)]. */
const FIRST = 3
/** Column of /proc/net/unix; the last one is the path. */
const INODE = 6
const VARIABLES = ['LISTEN_FDS', 'LISTEN_PID', 'LISTEN_FDNAMES'] as const

/**
 * The configuration with the listening sockets that this process was started with, as systemd
 * passes them: the first one for the first application connector, and so on, then those for admin
 * connectors. Connectors without one listen by themselves. Such a socket stays open when this
 * process ends, and another process may accept at it at the same time.
 *
 * Removes the variables from `environment`, so that child processes do not take them for theirs.
 * Throws `cannot-listen` if there are more sockets than connectors, or one for another path.
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
      `got ${counted(count, 'socket')} for ${counted(connectors, 'connector')}: expected one ListenStream for each connector, or fewer`,
    )
  }
  const withSocket = (connector: Connector, index: number): Connector =>
    index < count ? { ...connector, fd: FIRST + index } : connector
  const inherited = {
    ...config,
    applicationConnectors: applicationConnectors.map(withSocket),
    adminConnectors: adminConnectors.map((connector, index) =>
      withSocket(connector, applicationConnectors.length + index),
    ),
  }
  for (const connector of inherited.applicationConnectors) expectPath(connector)
  for (const connector of inherited.adminConnectors) expectPath(connector)
  return inherited
}

/** As for ports, which the listener compares. Node does not tell the path of a Unix socket. */
function expectPath({ fd, socket }: Connector): void {
  if (fd === undefined || socket === undefined) return
  const path = pathOf(fd)
  if (path === undefined || path === socket.path) return
  const got = path === '' ? 'another kind of socket' : `one for ${path}`
  throw new ProxyError(
    'cannot-listen',
    `cannot listen on unix:${socket.path}: expected a socket for this path as descriptor ${fd}, got ${got}; ListenStream and the connectors need the same paths in the same order`,
  )
}

/** The path of a Unix socket [proc_net_unix]; '' = it is none, undefined = the system does not say. */
function pathOf(fd: number): string | undefined {
  try {
    const [, inode] = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${fd}`)) ?? []
    const lines = readFileSync('/proc/net/unix', 'utf8').split('\n')
    const columns = lines.map((line) => line.split(' ').filter((column) => column !== ''))
    const found = columns.find((line) => line[INODE] === inode && inode !== undefined)
    return found?.slice(INODE + 1).join(' ') ?? ''
  } catch {
    return undefined
  }
}
