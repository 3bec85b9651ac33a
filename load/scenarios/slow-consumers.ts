import { Fleet } from 'k6/x/ssefleet'

import { endPart } from '../lib/end-part.ts'
import { completed, expect } from '../lib/expect.ts'
import { note } from '../lib/journal.ts'
import { since } from '../lib/latency-since.ts'
import { createOrigin, ORIGIN_EVENTS } from '../lib/origin.ts'
import { currentPart } from '../lib/part.ts'
import { phase } from '../lib/phase.ts'
import { partsOf } from '../lib/run-options.ts'
import { readSettings } from '../lib/settings.ts'
import { summarise } from '../lib/summary.ts'
import { NOTHING_LOST } from '../lib/thresholds.ts'

const settings = readSettings(__ENV)

const SMALL = { count: 20, perSecond: 10 }
/** Small, or the kernel's memory for TCP is all taken by streams whose reader is late; then it drops what comes for any of them. */
const RECEIVE_BUFFER_BYTES = 32_768
/** More than a kernel hides for a reader that has stopped: 8 MB, a quarter of what a proxy's log holds by default. */
const LARGE = { count: 400, perSecond: 100, bytes: 20_000 }

export const options = partsOf(settings, {
  ...NOTHING_LOST,
  // Who does not read may be disconnected, and then returns by itself.
  sse_disconnects: [],
  sse_plateau_ok: [],
})

/** A tenth of the streams stops reading. The others go on as if nothing were; the tenth loses nothing either. */
export default async function slowConsumers(): Promise<void> {
  const part = currentPart(settings)
  const origin = createOrigin(settings.store)
  const total = 2 * SMALL.count + LARGE.count
  const fleet = new Fleet({
    url: part.target,
    transport: settings.transport,
    sequence: { pattern: ORIGIN_EVENTS.pattern, from: 0, count: total },
    latencyField: ORIGIN_EVENTS.latencyField,
    receiveBufferBytes: RECEIVE_BUFFER_BYTES,
    reconnect: { afterMs: 200 },
  })
  let next = 0
  const publish = async (step: string, order: typeof SMALL | typeof LARGE): Promise<void> => {
    const before = fleet.stats().latency.buckets
    const first = next
    next += order.count
    await part.meet(`before ${step}`)
    if (part.isLead) await origin.publish({ first, ...order })
    await part.meet(`sent ${step}`)
    const timeoutMs = settings.patienceMs
    const { behind } = await phase(step, () => fleet.awaitSeq(next - 1, { timeoutMs }))
    expect(`${step}: no stream that reads is behind`, behind, 0)
    note({ kind: 'latency', step, buckets: since(fleet.stats().latency.buckets, before) })
  }
  try {
    const opened = await phase('open', () =>
      fleet.ramp(part.streams, { perSecond: part.perSecond }),
    )
    expect('every stream opens', opened.opened, part.streams)
    await publish('all read', SMALL)
    const stalled = await fleet.stall(0.1)
    expect('a tenth stops reading', stalled, Math.floor(part.streams * 0.1))
    await publish('large events while a tenth does not read', LARGE)
    await publish('small events while a tenth does not read', SMALL)
    await part.meet('read on')
    await fleet.unstall()
    const timeoutMs = settings.patienceMs
    const { behind } = await phase('catch up', () => fleet.awaitSeq(next - 1, { timeoutMs }))
    expect('those who read on lose nothing', behind, 0)
    completed()
  } finally {
    await endPart(part, fleet)
  }
}

export function handleSummary(data: Parameters<typeof summarise>[0]): Record<string, string> {
  return summarise(data, settings.summaryPath)
}
