import type { FrontFaults } from '../../http/front-faults.ts'
import type { Fault } from '../fault.ts'

/** Faults in accepting clients. */
export const CAPACITY_FAULTS: readonly Fault<FrontFaults>[] = [
  {
    name: 'per-ip-6',
    description: 'accepts six connections per address',
    points: () => ({ client: (_nth, open) => (open > 6 ? 'close' : 'serve') }),
  },
  {
    name: 'open-64',
    description: 'accepts 64 connections and queues the others',
    points: () => ({ client: (_nth, open) => (open > 64 ? 'ignore' : 'serve') }),
  },
  {
    name: 'leaks-places',
    description: 'has 100 connection slots and never frees one',
    points: () => ({ client: (nth) => (nth > 100 ? 'close' : 'serve') }),
  },
]
