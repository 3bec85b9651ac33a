import type { Memory, RelayFaults, Stored } from '../../gateway/relay-faults.ts'
import type { PoolFaults } from '../../gateway/upstream-pool.ts'
import { fieldValue, type RequestHead } from '../../http/head.ts'
import type { Fault } from '../fault.ts'

/** Faults of a cache and of a connection pool. */
export const GATEWAY_SHARING_FAULTS: readonly Fault<RelayFaults>[] = [
  caching(
    'caches-everything',
    'sends stored responses for every GET',
    ({ method }) => method === 'GET',
  ),
  caching(
    'caches-no-cache',
    'stores responses with no-cache',
    isGet((control) => control === 'no-cache'),
  ),
  caching(
    'caches-private',
    'stores private responses',
    isGet((control) => control.startsWith('private')),
  ),
  caching(
    'keeps-stale',
    'sends responses that are stale',
    isGet((control) => control.startsWith('max-age=0')),
  ),
  caching(
    'caches-plain',
    'stores responses without directives',
    isGet((control) => control === ''),
  ),
  caching('caches-errors', 'stores errors', (_request, { response }) => response.status >= 500),
  caching('caches-posts', 'sends stored responses for POST', ({ method }) => method === 'POST'),
  caching(
    'shares-authorized',
    'stores responses to requests with credentials',
    (request) => fieldValue(request, 'authorization') !== undefined,
  ),
  caching(
    'vary-blind',
    'ignores Vary',
    (_request, { response }) => fieldValue(response, 'vary') !== undefined,
  ),
  caching(
    'stores-partial',
    'stores responses that broke off',
    (_request, { end }) => end === 'cut',
  ),
  caching(
    'query-blind',
    'sends stored responses for any query',
    isGet((control) => control === 'max-age=600'),
    ({ method, target }) => `${method} ${target.split('?')[0]}`,
  ),
  caching(
    'method-blind',
    'sends the stored response to HEAD for GET',
    ({ method }) => method === 'HEAD',
    ({ target }) => target,
  ),
  {
    name: 'collapses',
    description: 'lets requests for a URL wait until the response to the first one has ended',
    points: () => ({ turn: oneAtATime() }),
  },
  pooling('shares-busy-connection', 'sends requests on the connection of an open stream', {
    sharesBusy: true,
  }),
  pooling('keeps-surplus', 'takes bytes after a response for the next one', { keepsSurplus: true }),
  pooling('keeps-unfinished', 'keeps a connection whose response was not read to the end', {
    keepsUnfinished: true,
  }),
  pooling('ignores-close-of-back-end', 'keeps connections that the back end is about to close', {
    ignoresClose: true,
  }),
  pooling('uses-ended-connections', 'does not notice that a kept connection has ended', {
    usesEnded: true,
    neverRetries: true,
  }),
  pooling('never-retries', 'does not repeat a request when a kept connection has just ended', {
    neverRetries: true,
  }),
]

function pooling(name: string, description: string, pool: PoolFaults): Fault<RelayFaults> {
  return { name, description, points: () => ({ pool }) }
}

type Stores = (request: RequestHead, stored: Stored) => boolean

/** A cache whose key is method and URL, unless the fault is in its key. */
function caching(
  name: string,
  description: string,
  stores: Stores,
  keyOf = ({ method, target }: RequestHead) => `${method} ${target}`,
): Fault<RelayFaults> {
  const memory = (): Memory => {
    const all = new Map<string, Stored>()
    return {
      find: (request) => all.get(keyOf(request)),
      keep: (request, stored) => {
        if (stores(request, stored)) all.set(keyOf(request), stored)
      },
    }
  }
  return { name, description, points: () => ({ memory: memory() }) }
}

function isGet(matches: (cacheControl: string) => boolean): Stores {
  return ({ method }, { response, end }) =>
    method === 'GET' && end === 'complete' && matches(fieldValue(response, 'cache-control') ?? '')
}

function oneAtATime(): NonNullable<RelayFaults['turn']> {
  const last = new Map<string, Promise<void>>()
  return async ({ target }) => {
    const before = last.get(target)
    let release: (() => void) | undefined
    last.set(
      target,
      new Promise((resolve) => {
        release = resolve
      }),
    )
    await before
    return () => release?.()
  }
}
