import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import { hostname } from 'node:os'

import type { AdminSettings } from '../config/settings.ts'

/**
 * Keeps web pages away from the admin port: a page in a browser on this network can send requests here, under its own
 * Origin, or under a name of its own that resolves to this address (DNS rebinding), and then it could read answers too.
 */
export class AdminGuard {
  readonly #hosts: ReadonlySet<string>
  readonly #tasks: AdminSettings['tasks']

  /** `bindHost` = where the port listens. */
  constructor({ allowHosts, tasks }: AdminSettings, bindHost: string) {
    const names = ['localhost', hostname(), bindHost, ...allowHosts]
    this.#hosts = new Set(names.map((name) => name.toLowerCase()))
    this.#tasks = tasks
  }

  /** Why the request is refused, as a sentence; undefined = it is not. */
  refuses({ host, origin }: IncomingHttpHeaders): string | undefined {
    // A browser always sends the field; the health check of a load balancer may be HTTP/1.0 without it.
    if (host !== undefined && !this.#knows(host)) {
      return `Host ${JSON.stringify(host)} is not a name of this port: use an address, or list it in proxy.admin.allowHosts`
    }
    if (origin === undefined || origin === `http://${host}` || origin === `https://${host}`) {
      return undefined
    }
    return `pages of ${JSON.stringify(origin)} may not use the admin port`
  }

  /** Why a task is refused, as a sentence; undefined = it is not. */
  refusesTask({ socket }: IncomingMessage): string | undefined {
    if (this.#tasks === 'on') return undefined
    if (this.#tasks === 'off') return 'tasks are off: see proxy.admin.tasks'
    if (isLoopback(socket.remoteAddress ?? '')) return undefined
    return 'tasks are for programs on this host: see proxy.admin.tasks'
  }

  /** An address is no name that someone else's DNS could point here. */
  #knows(host: string): boolean {
    if (!URL.canParse(`http://${host}`)) return false
    const name = new URL(`http://${host}`).hostname.replace(/^\[(.*)\]$/, '$1')
    return isIP(name) !== 0 || this.#hosts.has(name)
  }
}

function isLoopback(address: string): boolean {
  return address === '::1' || /^(::ffff:)?127\./.test(address)
}
