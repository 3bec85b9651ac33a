import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import { hostname } from 'node:os'

import type { Connector } from '../config/connector.ts'
import type { AdminSettings } from '../config/settings.ts'

/**
 * Refuses requests of web pages. A page in a browser on this network can send requests to this port
 * with its own Origin. Under a name that resolves to this address (DNS rebinding) it could even
 * read the responses.
 */
export class AdminGuard {
  readonly #hosts: ReadonlySet<string>
  readonly #tasks: AdminSettings['tasks']
  /** Its other end is a program on this host, and has no address. */
  readonly #isUnixSocket: boolean

  constructor({ allowHosts, tasks }: AdminSettings, connector: Pick<Connector, 'host' | 'socket'>) {
    const names = ['localhost', hostname(), connector.host, ...allowHosts]
    this.#hosts = new Set(names.map((name) => name.toLowerCase()))
    this.#tasks = tasks
    this.#isUnixSocket = connector.socket !== undefined
  }

  /** The reason to refuse a request, as a sentence; undefined = accepted. */
  refuses({ host, origin }: IncomingHttpHeaders): string | undefined {
    // A browser always sends Host. A health check of a load balancer may be HTTP/1.0 without it.
    if (host !== undefined && !this.#knows(host)) {
      return `Host ${JSON.stringify(host)} is not a name of this port: use an address, or list it in proxy.admin.allowHosts`
    }
    if (origin === undefined || origin === `http://${host}` || origin === `https://${host}`) {
      return undefined
    }
    return `pages of ${JSON.stringify(origin)} may not use the admin port`
  }

  /** The reason to refuse a task, as a sentence; undefined = accepted. */
  refusesTask({ socket }: IncomingMessage): string | undefined {
    if (this.#tasks === 'on') return undefined
    if (this.#tasks === 'off') return 'tasks are off: see proxy.admin.tasks'
    if (this.#isUnixSocket || isLoopback(socket.remoteAddress ?? '')) return undefined
    return 'tasks are for programs on this host: see proxy.admin.tasks'
  }

  /** The reason to refuse an upgrade, as a sentence; undefined = accepted. */
  refusesUpgrade({ socket }: IncomingMessage): string | undefined {
    if (this.#tasks === 'off') return 'tasks are off: see proxy.admin.tasks'
    if (isLoopback(socket.remoteAddress ?? '')) return undefined
    return 'an upgrade is for programs on this host'
  }

  /** An IP address is safe: DNS cannot rebind it. */
  #knows(host: string): boolean {
    if (!URL.canParse(`http://${host}`)) return false
    const name = new URL(`http://${host}`).hostname.replace(/^\[(.*)\]$/, '$1')
    return isIP(name) !== 0 || this.#hosts.has(name)
  }
}

function isLoopback(address: string): boolean {
  return address === '::1' || /^(::ffff:)?127\./.test(address)
}
