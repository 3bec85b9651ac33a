import { expect, test } from 'vitest'

import { verdictOn } from './matrix/verdict-on.ts'
import { gatewayMutant } from './mutants/mutant.ts'
import type { StageFactory } from './mutants/stages/stage.ts'

const BEAT_MS = 10

/** Forwards the event `before`, and then only comments. */
const loseEvents: StageFactory = ({ emit }) => {
  let beats: NodeJS.Timeout | undefined
  return {
    push: (bytes) => {
      if (beats === undefined) emit(bytes)
      if (bytes.includes('data: before')) beats = setInterval(emit, BEAT_MS, Buffer.from(':\n\n'))
    },
    close: () => clearInterval(beats),
  }
}

test('hostile.ids fails a target that loses the events of another client and keeps sending heartbeats', async () => {
  const { driver } = gatewayMutant({
    name: 'loses-events-beats-on',
    description: 'sends heartbeats instead of events',
    points: () => ({ body: loseEvents }),
  })
  expect(await verdictOn({ kind: 'mutant', driver }, 'hostile.ids')).toMatchObject({
    kind: 'FAIL',
    reason: expect.stringContaining('an event did not reach another client'),
  })
})
