import { setImmediate as turn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

import { expect, it } from 'vitest'

import { serveStore } from '../testing/serve-store.ts'

/** 100,000 in a full run. */
const EDITS = Number(process.env['MEMORY_EDITS'])
/** Several times the noise of a heap; one object per edit takes more. */
const BYTES_PER_EDIT = 20
const NOISE_BYTES = 1_000_000
/** Of few items, so that their histories are full after the first half. */
const ITEM_IDS = [782, 783, 784, 785, 786]

function heapBytes(): number {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  // The second one frees what the first one finalized.
  for (let time = 0; time < 2; time += 1) if (typeof collect === 'function') collect()
  return process.memoryUsage().heapUsed
}

it.skipIf(Number.isNaN(EDITS))(
  'repeated edits of the same items do not grow memory (full mode: npm run test:full)',
  async () => {
    await using store = await serveStore({ journalEntries: 1_000 })
    const edit = async (count: number): Promise<void> => {
      for (let number = 0; number < count; number += 1) {
        store.control.updateItem(ITEM_IDS[number % ITEM_IDS.length] ?? 782, { title: 'A' })
        if (number % 1_000 === 0) await turn()
      }
      await turn()
    }
    await edit(EDITS / 2)
    const before = heapBytes()
    await edit(EDITS)
    const grown = heapBytes() - before
    expect(grown).toBeLessThan(NOISE_BYTES + EDITS * BYTES_PER_EDIT)
  },
)
