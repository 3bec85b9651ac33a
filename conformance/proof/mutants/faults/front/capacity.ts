import type { FrontFaults } from '../../http/front-faults.ts'
import type { Fault } from '../fault.ts'

/** Ways not to take the clients that come. */
export const CAPACITY_FAULTS: readonly Fault<FrontFaults>[] = [
  {
    name: 'per-ip-6',
    description: 'takes six connections of one address at a time',
    points: () => ({ client: (_nth, open) => (open > 6 ? 'close' : 'serve') }),
  },
  {
    name: 'open-64',
    description: 'takes 64 connections at a time and lets the others wait',
    points: () => ({ client: (_nth, open) => (open > 64 ? 'ignore' : 'serve') }),
  },
  {
    name: 'leaks-places',
    description: 'has place for 100 connections and does not get one back when it ends',
    points: () => ({ client: (nth) => (nth > 100 ? 'close' : 'serve') }),
  },
]
