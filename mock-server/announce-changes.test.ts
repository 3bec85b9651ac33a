import { expect, it } from 'vitest'

import { StoreClock } from './clock/store-clock.ts'
import { announceChanges } from './announce-changes.ts'
import { demoSeed } from './content/seed.ts'
import { ContentStore } from './content/store.ts'
import { Recorder } from './journal/recorder.ts'
import { LiveCenter } from './live-center/live-center.ts'
import { readSettings } from './settings.ts'
import { StreamHub } from './sse/stream-hub.ts'

function now(): Date {
  return new Date()
}

it('announceChanges checks waits before it writes streams, and reports a listener that throws', () => {
  const faults: unknown[] = []
  const told: string[] = []
  const onFault = (error: unknown) => void faults.push(error)
  const store = new ContentStore({ seed: demoSeed(), now })
  announceChanges({
    rowFaults: { committed: () => {} },
    store,
    liveCenter: new LiveCenter(now),
    hub: new StreamHub({ settings: readSettings([]), clock: new StoreClock(), onFault }),
    onFault,
    control: {
      checkWaits: () => {
        told.push(`waits at ${store.logs.changeId}`)
        throw new Error('a defect')
      },
    },
    changes: new Recorder({ entries: 0, bytes: 0 }, new StoreClock()).changes,
    stream: { announce: ({ id }) => void told.push(`streams at ${id}`) },
  })
  const { id } = store.updateItem(801, { title: 'A' })
  expect(told).toEqual([`waits at ${id}`, `streams at ${id}`])
  expect(faults).toEqual([new Error('a defect')])
})
