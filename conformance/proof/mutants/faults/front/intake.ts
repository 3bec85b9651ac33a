import { fieldValue } from '../../http/head.ts'
import { holdUntil } from '../../stages/hold.ts'
import { when, type StageFactory } from '../../stages/stage.ts'
import { holdAfterSilence } from '../../stages/time.ts'
import type { Fault } from '../fault.ts'

/** Delays that depend on the back end. Each role applies them at its own point. */
export const INTAKE_FAULTS: readonly Fault<{ readonly intake: StageFactory }>[] = [
  {
    name: 'delayed-ack-buffer',
    description: 'holds the first event after 2 s of silence until the next one',
    points: () => ({ intake: holdAfterSilence(2000) }),
  },
  {
    name: 'buffer-unless-chunked',
    description: 'buffers the whole stream of a back end without chunked coding',
    points: () => ({
      intake: when(
        ({ response }) => fieldValue(response, 'transfer-encoding') === undefined,
        holdUntil(() => false),
      ),
    }),
  },
]
