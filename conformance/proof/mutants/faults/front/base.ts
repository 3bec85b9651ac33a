import type { FrontFaults } from '../../http/front-faults.ts'
import { withField } from '../../http/head.ts'
import { delay } from '../../stages/time.ts'
import type { Fault } from '../fault.ts'

/** Faults that stop every event stream. */
export const BASE_FAULTS: readonly Fault<FrontFaults>[] = [
  {
    name: 'closes-clients',
    description: 'accepts connections and closes them',
    points: () => ({ client: () => 'close' }),
  },
  {
    name: 'ignores-clients',
    description: 'accepts connections and never answers',
    points: () => ({ client: () => 'ignore' }),
  },
  {
    name: 'wrong-content-type',
    description: 'labels every stream as application/octet-stream',
    points: () => ({
      response: (head) => withField(head, 'Content-Type', 'application/octet-stream'),
    }),
  },
  {
    name: 'slow-600ms',
    description: 'sends everything 600 ms late, heads included',
    points: () => ({ headDelayMs: 600, body: delay(600) }),
  },
  {
    name: 'status-206',
    description: 'answers every request with 206',
    points: () => ({ response: (head) => ({ ...head, status: 206, reason: 'Partial Content' }) }),
  },
  {
    name: 'body-swallower',
    description: 'sends heads without bodies',
    points: () => ({ body: () => ({ push: () => {} }) }),
  },
]
