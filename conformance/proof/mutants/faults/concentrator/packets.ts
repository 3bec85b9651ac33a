import type { ConcentratorFaults } from '../../concentrator/concentrator-faults.ts'
import type { StageFactory } from '../../stages/stage.ts'
import type { Fault } from '../fault.ts'

const REPEAT_AFTER_MS = 20

/** Faults that depend on which bytes of a back end come together. */
export const PACKET_FAULTS: readonly Fault<ConcentratorFaults>[] = [
  {
    name: 'head-eats-event',
    description: 'skips events that come in the same packet as the response head',
    points: () => ({ backend: { intake: deafAtFirst } }),
  },
  {
    name: 'end-eats-event',
    description: 'skips events that come in the same packet as the end of the stream',
    points: () => ({ backend: { intake: dropsAtEnd } }),
  },
  {
    name: 'size-in-one-packet',
    description: 'rejects a chunk size whose line is cut between packets',
    points: () => ({ backend: { chunkSizeInOneRead: true } }),
  },
  {
    name: 'repeats-after-flap',
    description: 'sends the last event again after a reconnect',
    points: () => ({ backend: { intake: repeatsLast() } }),
  },
]

/** Drops what comes in the turn in which a connection is ready. */
const deafAtFirst: StageFactory = ({ emit }) => {
  let isReady = false
  setImmediate(() => {
    isReady = true
  })
  return {
    push: (bytes) => {
      if (isReady) emit(bytes)
    },
  }
}

/** Takes bytes in the next turn, and none after the end. */
const dropsAtEnd: StageFactory = ({ emit }) => {
  const pending = new Set<NodeJS.Immediate>()
  return {
    push: (bytes) => {
      const turn = setImmediate(() => {
        pending.delete(turn)
        emit(bytes)
      })
      pending.add(turn)
    },
    end: () => {
      for (const turn of pending) clearImmediate(turn)
    },
  }
}

function repeatsLast(): StageFactory {
  let last: Buffer | undefined
  return ({ emit }) => {
    const repeated = last
    const timer = setTimeout(() => {
      if (repeated !== undefined) emit(repeated)
    }, REPEAT_AFTER_MS)
    return {
      push: (bytes) => {
        last = Buffer.from(bytes)
        emit(bytes)
      },
      close: () => clearTimeout(timer),
    }
  }
}
