import { fieldValue } from '../../http/head.ts'
import { holdUntil } from '../../stages/hold.ts'
import { when, type StageFactory } from '../../stages/stage.ts'
import { holdAfterSilence } from '../../stages/time.ts'
import type { Fault } from '../fault.ts'

/** Ways to be late that depend on what the back end does. Each role has its own place for them. */
export const INTAKE_FAULTS: readonly Fault<{ readonly intake: StageFactory }>[] = [
  {
    name: 'delayed-ack-buffer',
    description: 'keeps the first event after 2 s of silence until the next one',
    points: () => ({ intake: holdAfterSilence(2000) }),
  },
  {
    name: 'buffer-unless-chunked',
    description: 'gathers the whole stream of a back end that does not use chunked coding',
    points: () => ({
      intake: when(
        ({ response }) => fieldValue(response, 'transfer-encoding') === undefined,
        holdUntil(() => false),
      ),
    }),
  },
]
