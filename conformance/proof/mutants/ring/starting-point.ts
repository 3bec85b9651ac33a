import type { EventRing } from './event-ring.ts'
import type { KnownLogs } from './known-logs.ts'
import type { Request } from './request-parser.ts'
import type { Switches } from './switches.ts'

interface Arrival {
  readonly ring: EventRing
  readonly known: KnownLogs
  readonly request: Request
  readonly spelled: Buffer
  readonly switches: Switches
  /** Whether a back end is away. */
  readonly isDown: boolean
}

interface StartingPoint {
  /** The first entry that the client gets. */
  readonly from: number
  /** What it gets before that. */
  readonly before: readonly Buffer[]
}

/** Ids that have been used for a replay, for a fault. */
const USED_IDS = new WeakMap<EventRing, Set<string>>()

/** Where a client's stream begins [protocol §5.8] [protocol §5.9] [protocol §5.16]. */
export function startingPoint({
  ring,
  known,
  request,
  spelled,
  switches,
  isDown,
}: Arrival): StartingPoint {
  const next = ring.newest + 1
  const live = { from: next, before: [] }
  const id = askedId(request, spelled, switches)
  if (id === undefined || (id === '' && !switches.has('ring-empty-id-is-unknown'))) return live
  const from = ring.after(id)
  if (from === undefined) return { from: next, before: known.announcement('unknown') }
  const missed = next - from
  if (switches.has('ring-power-of-two') && missed >= 4 && Number.isInteger(Math.log2(missed))) {
    return { from: from + 1, before: [] }
  }
  if (switches.has('ring-no-replay-while-down') && isDown) return live
  if (switches.has('ring-replays-once') && missed > 0 && isUsed(ring, id)) return live
  return { from, before: [] }
}

/** A fault: the exception about a lone % ends the connection. */
export function breaksDecoder({ fields }: Request): boolean {
  return /%(?![\da-f]{2})/i.test(fields.get('last-event-id') ?? '')
}

function askedId(
  { target, fields }: Request,
  spelled: Buffer,
  switches: Switches,
): string | undefined {
  const query = switches.has('ring-no-query-id') ? '' : (/\?([^#]*)/.exec(target)?.[1] ?? '')
  const inQuery = new URLSearchParams(query).get('lastEventId') ?? undefined
  const isSpelled = spelled.includes('\nLast-Event-ID:')
  const isFound = isSpelled || !switches.has('ring-exact-field-name')
  const bytes = isFound ? fields.get('last-event-id') : undefined
  // A header has the UTF-8 of an id, one character per byte [sse §9.2.3].
  const inHeader = switches.has('ring-unicode-ids') ? utf8(bytes) : bytes
  // [protocol §5.16] A client that sends both has reconnected: its header is the newer one.
  const asked = switches.has('ring-query-before-header') ? inQuery || inHeader : inHeader || inQuery
  return asked ?? inHeader
}

function utf8(bytes: string | undefined): string | undefined {
  return bytes === undefined ? undefined : Buffer.from(bytes, 'latin1').toString()
}

function isUsed(ring: EventRing, id: string): boolean {
  const used = USED_IDS.get(ring) ?? new Set()
  USED_IDS.set(ring, used)
  const was = used.has(id)
  used.add(id)
  return was
}
