import { z } from 'zod'

import { numberParameter } from '../control/parameters.ts'
import type { ConnectEntry, EntryKind, FrameEntry, JournalEntry } from './entry.ts'
import { ENTRY_KINDS } from './entry.ts'
import type { Journal } from './journal.ts'
import type { RecordedStreams } from './recorded-streams.ts'
import { correlationOf } from './report-entry.ts'

const MAX_SHOWN = 10_000
const name = z.string().min(1).max(100)

/** What selects entries; a member that is left out selects all. */
export const SELECTION = {
  /** Kinds, with commas between them. */
  kind: z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(z.enum(ENTRY_KINDS)))
    .meta({ type: 'string', description: `${ENTRY_KINDS.join(', ')}; with commas between them` })
    .optional(),
  /** Id of a stream: what it connected, received and left. */
  client: name.optional(),
  /** A change and all that followed from it. */
  correlation: name.optional(),
}

export const QUERY = z.strictObject({
  ...SELECTION,
  since: numberParameter('since').optional(),
  limit: numberParameter('limit', { min: 1, max: MAX_SHOWN }).optional(),
})

export interface Selection {
  readonly kind?: readonly EntryKind[] | undefined
  readonly client?: string | undefined
  readonly correlation?: string | undefined
}

/** Decides which entries are selected. */
export function selects(
  { kind, client, correlation }: Selection,
  journal: Journal,
  streams: RecordedStreams,
): (entry: JournalEntry) => boolean {
  const isOfClient = client === undefined ? undefined : ofClient(client, journal, streams)
  return (entry) =>
    (kind === undefined || kind.includes(entry.kind)) &&
    (isOfClient === undefined || isOfClient(entry)) &&
    (correlation === undefined || correlationOf(entry).includes(correlation))
}

/** From the connect of a client to its leave. */
interface Span {
  readonly connect: ConnectEntry
  readonly leaveId: number
}

/**
 * A broadcast is one entry, whatever the number of clients. It was for a client when it was sent
 * between the client's connect and its leave.
 */
function ofClient(
  id: string,
  journal: Journal,
  streams: RecordedStreams,
): (entry: JournalEntry) => boolean {
  const span = spanOf(id, journal, streams)
  const request = span?.connect.request
  return (entry) => {
    switch (entry.kind) {
      case 'frame':
        return entry.client === undefined ? isWithin(span, entry) : entry.client === id
      case 'connect':
      case 'leave':
        return entry.client.id === id
      case 'fault':
        return entry.client === id
      case 'request':
        return entry.id === request
      case 'response':
        return entry.request.id === request
      case 'change':
    }
    return false
  }
}

function isWithin(span: Span | undefined, { id, stream, baseUrl }: FrameEntry): boolean {
  if (span === undefined) return false
  const { client } = span.connect
  if (client.stream !== stream || client.baseUrl !== baseUrl) return false
  return id > span.connect.id && id < span.leaveId
}

function spanOf(id: string, journal: Journal, streams: RecordedStreams): Span | undefined {
  const connect = streams.openOf(id)
  if (connect !== undefined) return { connect, leaveId: Infinity }
  for (const entry of journal.backTo(0)) {
    if (entry.kind !== 'leave' || entry.client.id !== id || entry.connect === undefined) continue
    return { connect: entry.connect, leaveId: entry.id }
  }
  return undefined
}
