import { RawClient } from '../client/raw-client.ts'
import type { RunningTarget, TargetDriver } from '../runner/target.ts'
import type { Activity } from './activity.ts'
import type { Backend } from './backend.ts'

const PROBE_EVERY_MS = 1000
/** For a target that the suite has started itself. */
const PROBE_OURS_EVERY_MS = 50
const PROBES_PER_WORD = 5

export interface Connection {
  readonly driver: TargetDriver
  readonly target: RunningTarget
  readonly backends: readonly Backend[]
  readonly activity: Activity
}

/**
 * Polls until a target reaches our back ends, and reports what is missing: it may still be starting, or its operator
 * may be configuring it. Rejects when the time is over.
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
  for (let asked = 1; silent().length > 0; asked += 1) {
    const client = new RawClient({
      name: 'probe',
      frontUrl: target.frontUrl,
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
