import { openTcp } from '../client/connection.ts'
import { RawClient } from '../client/raw-client.ts'
import type { RunningTarget, TargetDriver } from '../runner/target.ts'
import type { Activity } from './activity.ts'
import type { Backend } from './backend.ts'

const PROBE_EVERY_MS = 1000
/** For a target that the suite has started itself. */
const PROBE_OURS_EVERY_MS = 50
const PROBES_PER_WORD = 5
/** How long a target that was there before may take to come back. */
const MOST_REFUSALS = 5

/** Nothing accepts connections where the target was. */
export class TargetGone extends Error {
  constructor(frontUrl: string) {
    super(
      `nothing accepts connections at ${frontUrl} any more: the target has exited or was stopped`,
    )
    this.name = 'TargetGone'
  }
}

/** Whether something accepts connections at the front. */
export function isAccepting(frontUrl: string): Promise<boolean> {
  const socket = openTcp(frontUrl)
  return new Promise((resolve) => {
    const settle = (accepts: boolean): void => {
      socket.destroy()
      resolve(accepts)
    }
    socket.setTimeout(PROBE_EVERY_MS, () => settle(true))
    socket.once('connect', () => settle(true))
    socket.once('error', () => settle(false))
  })
}

export interface Connection {
  readonly driver: TargetDriver
  readonly target: RunningTarget
  readonly backends: readonly Backend[]
  readonly activity: Activity
  /**
   * It has been reached before. It is then waited for only as long as something accepts
   * connections.
   */
  readonly reachedBefore: boolean
}

/**
 * Polls until a target reaches our back ends, and reports what is missing: it may still be
 * starting, or its operator may be configuring it. Rejects when the time is over.
 */
export async function awaitConnection(connection: Connection): Promise<void> {
  const { driver, target, backends, activity } = connection
  const { connectWithinMs, onWaiting, role, frontPath = '/' } = driver
  if (connectWithinMs === undefined) return
  const isOurs = driver.originPorts === undefined
  const setting = isOurs ? 'readyWithinMs of the target file' : '--wait'
  const signal = AbortSignal.timeout(connectWithinMs)
  const isRead = (backend: Backend): boolean =>
    backend.requests.some(({ request }) => role === 'gateway' || isFor(backend, request.target))
  const silent = (): readonly Backend[] => backends.filter((backend) => !isRead(backend))
  let refusals = 0
  for (let asked = 1; silent().length > 0; asked += 1) {
    const client = new RawClient({
      name: 'probe',
      frontUrl: target.frontUrl,
      connection: { trust: driver.trust },
      request: { target: frontPath },
      isOwnEvent: () => false,
      onChange: () => activity.changed(),
      record: () => {},
    })
    const gaveUp = await activity
      .eventually(
        () => silent().length === 0,
        isOurs ? PROBE_OURS_EVERY_MS : PROBE_EVERY_MS,
        signal,
      )
      .then(
        () => false,
        () => true,
      )
    refusals = client.connected ? 0 : refusals + 1
    if (connection.reachedBefore && refusals === MOST_REFUSALS)
      throw new TargetGone(target.frontUrl)
    const missing = whatIsMissing(connection, client, silent())
    client.close()
    if (gaveUp)
      throw new Error(`${missing} (waited ${connectWithinMs / 1000} s; ${setting} changes that)`)
    if (asked % PROBES_PER_WORD === 0 && silent().length > 0) onWaiting?.(missing)
  }
  if (role === 'gateway') for (const backend of backends) backend.discard()
}

function isFor({ settings: { url } }: Backend, target: string): boolean {
  return target.split('?')[0] === new URL(url).pathname
}

function whatIsMissing(
  { driver, target }: Connection,
  client: RawClient,
  silent: readonly Backend[],
): string {
  if (!client.connected && client.violations.length > 0)
    return `the front at ${target.frontUrl} refuses the connection: ${client.violations.join('; ')}`
  if (!client.connected)
    return `nothing accepts connections at ${target.frontUrl}: start the proxy, or correct the address`
  const elsewhere = silent.find(({ requests }) => requests.length > 0)
  const asked = elsewhere?.requests.at(-1)?.request.target
  if (elsewhere !== undefined && asked !== undefined) {
    const { pathname } = new URL(elsewhere.settings.url)
    return `back end ${elsewhere.name} was asked for ${asked} instead of ${pathname}: correct the path, or, if the proxy forwards each client's request, give --role gateway`
  }
  const urls = silent.map(({ settings: { url } }) => url).join(' and ')
  const status = client.head === undefined ? '' : `; the front answers with ${client.head.status}`
  const hint =
    driver.role === 'gateway'
      ? 'it must forward requests to this address'
      : 'it must read this address (--backends 1 if it can read one only)'
  return `no request has come to ${urls}${status}: ${hint}`
}
