import { TextDecoder } from 'node:util'

import type { ConcentratorFaults } from '../../concentrator/concentrator-faults.ts'
import { isLabelledEventStream } from '../../concentrator/upstream/backend-request.ts'
import { gunzip } from '../../stages/gzip.ts'
import type { StageFactory } from '../../stages/stage.ts'
import type { Fault } from '../fault.ts'

/** Faults that share between all back ends what each needs for itself. */
export const SHARING_FAULTS: readonly Fault<ConcentratorFaults>[] = [
  {
    name: 'one-backoff-for-all',
    description: 'counts the attempts of all back ends together',
    points: () => ({ backend: { attempts: { count: 0 } } }),
  },
  {
    name: 'one-retry-field',
    description: 'obeys a retry field of one back end for all',
    points: () => ({ backend: { firstWait: { ms: 50 } } }),
  },
  {
    name: 'one-silence-timer',
    description: 'restarts the silence timeout of all back ends with any byte of one',
    points: () => ({ backend: { silenceOfAll: new Set() } }),
  },
  {
    name: 'overflow-cuts-all',
    description: 'disconnects from every back end when one sends an endless event',
    points: () => ({ backend: { overflowOfAll: new Set() } }),
  },
  {
    name: 'one-last-id-for-all',
    description: 'sends a back end the id that it sent to the one before',
    points: () => {
      let newest = ''
      return {
        backend: {
          lastEventId: (right) => {
            const before = newest
            newest = right
            return before === '' ? right : before
          },
        },
      }
    },
  },
  {
    name: 'one-decoder-for-all',
    description: 'decompresses the streams of all back ends with one decoder',
    points: () => ({ backend: { accepts: isLabelledEventStream, intake: gunzip('one-for-all') } }),
  },
  {
    name: 'one-text-decoder',
    description: 'decodes the text of all back ends with one decoder',
    points: () => ({ backend: { intake: decodesText(new TextDecoder('utf-8', BOM)) } }),
  },
]

const BOM = { ignoreBOM: true }

/** Keeps the first bytes of a character until the others come. */
function decodesText(decoder: TextDecoder): StageFactory {
  return ({ emit }) => ({
    push: (bytes) => emit(Buffer.from(decoder.decode(bytes, { stream: true }))),
  })
}
