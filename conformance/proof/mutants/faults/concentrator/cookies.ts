import type { ConcentratorFaults } from '../../concentrator/concentrator-faults.ts'
import type { Fault } from '../fault.ts'

/** Faults with cookies of back ends. */
export const COOKIE_FAULTS: readonly Fault<ConcentratorFaults>[] = [
  {
    name: 'no-cookies',
    description: 'discards cookies of back ends',
    points: () => ({ backend: { cookies: 'none' } }),
  },
  {
    name: 'cookies-for-all',
    description: 'sends the cookies of one back end to all of them',
    points: () => ({ backend: { jar: new Map(), cookies: 'everywhere' } }),
  },
  {
    name: 'cookies-to-any-host',
    description: 'sends every cookie to every host of a redirect',
    points: () => ({ backend: { cookies: 'everywhere' } }),
  },
  {
    name: 'cookies-any-path',
    description: 'ignores the path of a cookie',
    points: () => ({ backend: { cookies: 'any-path' } }),
  },
  {
    name: 'cookies-for-ever',
    description: 'keeps cookies that have expired',
    points: () => ({ backend: { cookies: 'for-ever' } }),
  },
]
