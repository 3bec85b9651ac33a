import { z } from 'zod'

import { logPath } from '../content/changes/log-ref.ts'
import type {
  ChangeEntry,
  ConnectEntry,
  FaultEntry,
  FrameEntry,
  JournalEntry,
  ReadPage,
  ResponseEntry,
} from './entry.ts'
import type { Journal } from './journal.ts'
import type { RecordedStreams } from './recorded-streams.ts'
import { correlationOf, durationOf, headersOf } from './report-entry.ts'

/** Clients and readers that are listed each; the others are counted. */
const MAX_LISTED = 200
/** Lines, polls and faults that are listed each. */
const MAX_PARTS = 500
/** Characters of a user agent by which clients and readers are compared. */
const COMPARED_LENGTH = 250

const count = z.int().min(0)
/** When it was, and how long after the change; null when the journal has evicted the change. */
const timed = { at: z.iso.datetime(), afterMs: z.int().nullable() }
const who = {
  remoteAddress: z.string(),
  userAgent: z.string().nullable(),
  user: z.string().nullable(),
}

/** What followed from one change. */
export const EFFECTS = z
  .strictObject({
    /** When it was made, and the paths of the logs that hold its row. */
    change: z.strictObject({ at: z.iso.datetime(), logs: z.array(z.string()) }).nullable(),
    /** What was sent, to how many clients. */
    lines: z.array(z.strictObject({ ...timed, text: z.string(), clients: count })),
    /** How many there are beyond those that are listed, here and below. */
    moreLines: count,
    /** To whom; `left` when the stream has ended since. */
    clients: z.array(
      z.strictObject({
        client: z.string(),
        ...who,
        left: z.boolean(),
        deliveries: z.array(z.strictObject(timed)),
      }),
    ),
    moreClients: count,
    /**
     * Who read the row from a change log. `clients` are those of the list with the same address,
     * user agent and user: nothing in a request tells them apart.
     */
    readers: z.array(
      z.strictObject({
        ...who,
        clients: z.array(z.string()),
        polls: z.array(
          z.strictObject({
            ...timed,
            log: z.string(),
            status: z.int().nullable(),
            durationMs: count,
          }),
        ),
      }),
    ),
    /** Polls of the readers that are listed, and of others. */
    morePolls: count,
    faults: z.array(
      z.strictObject({
        ...timed,
        name: z.string(),
        fault: z.string(),
        client: z.string().nullable(),
      }),
    ),
    moreFaults: count,
  })
  .meta({ id: 'Effects' })
export type Effects = z.output<typeof EFFECTS>

type Who = Pick<Reader, 'remoteAddress' | 'userAgent' | 'user'>
type Client = Effects['clients'][number]
type Reader = Effects['readers'][number]
type Poll = ResponseEntry & { readonly page: ReadPage }

/** Finds what followed from the change with this correlation, such as `change-5044`. */
export function effectsOf(
  correlation: string,
  journal: Journal,
  streams: RecordedStreams,
): Effects {
  const { change, frames, polls, faults } = find(correlation, journal)
  let morePolls = polls.more
  const when = ({ atMs, passedMs }: JournalEntry) => ({
    at: new Date(atMs).toISOString(),
    afterMs: change === undefined ? null : passedMs - change.passedMs,
  })
  const clients = new Map<string, Client>()
  let moreClients = 0
  for (const { connect, leaveId } of spansOf(journal, streams)) {
    const deliveries = frames.listed.filter((frame) => isFor(connect, leaveId, frame)).map(when)
    if (deliveries.length === 0) continue
    if (clients.size === MAX_LISTED) moreClients += 1
    else clients.set(connect.client.id, { ...describe(connect, leaveId), deliveries })
  }
  const readers = new Map<string, Reader>()
  for (const poll of polls.listed) {
    const reader = whoPolled(poll)
    const key = keyOf(reader)
    const known = readers.get(key)
    if (known === undefined && readers.size === MAX_LISTED) {
      morePolls += 1
      continue
    }
    const { status = null, page } = poll
    const row = { ...when(poll), log: page.log, status, durationMs: durationOf(poll) }
    if (known !== undefined) known.polls.push(row)
    else {
      const alike = [...clients.values()].filter((client) => keyOf(client) === key)
      readers.set(key, { ...reader, clients: alike.map(({ client }) => client), polls: [row] })
    }
  }
  const logs = [...new Set(change?.change?.logs.map(logPath))]
  return {
    change: change === undefined ? null : { at: when(change).at, logs },
    lines: frames.listed.map((frame) => {
      return { ...when(frame), text: frame.kept.toString(), clients: frame.clients }
    }),
    moreLines: frames.more,
    clients: [...clients.values()],
    moreClients,
    readers: [...readers.values()],
    morePolls,
    faults: faults.listed.map((fault) => {
      const { name, fault: kind, client = null } = fault
      return { ...when(fault), name, fault: kind, client }
    }),
    moreFaults: faults.more,
  }
}

/** The first entries of a kind, and the number of the others. */
class FirstEntries<T> {
  readonly listed: T[] = []
  more = 0

  add(entry: T): void {
    if (this.listed.length < MAX_PARTS) this.listed.push(entry)
    else this.more += 1
  }
}

interface Found {
  change: ChangeEntry | undefined
  readonly frames: FirstEntries<FrameEntry>
  readonly polls: FirstEntries<Poll>
  readonly faults: FirstEntries<FaultEntry>
}

function find(correlation: string, journal: Journal): Found {
  const [frames, polls, faults] = [
    new FirstEntries<FrameEntry>(),
    new FirstEntries<Poll>(),
    new FirstEntries<FaultEntry>(),
  ]
  const found: Found = { change: undefined, frames, polls, faults }
  for (const entry of journal.after(0)) {
    if (!correlationOf(entry).includes(correlation)) continue
    if (entry.kind === 'change') found.change = entry
    else if (entry.kind === 'frame') frames.add(entry)
    else if (entry.kind === 'response' && isPoll(entry)) polls.add(entry)
    else if (entry.kind === 'fault') faults.add(entry)
  }
  return found
}

function isPoll(entry: ResponseEntry): entry is Poll {
  return entry.page !== undefined
}

interface Span {
  readonly connect: ConnectEntry
  /** Infinity for a stream that is open. */
  readonly leaveId: number
}

/** The streams that the journal knows, oldest first. */
function spansOf(journal: Journal, streams: RecordedStreams): readonly Span[] {
  const spans = Array.from(streams.open, (connect): Span => ({ connect, leaveId: Infinity }))
  for (const entry of journal.after(0)) {
    if (entry.kind === 'leave' && entry.connect !== undefined)
      spans.push({ connect: entry.connect, leaveId: entry.id })
  }
  return spans.toSorted((a, b) => a.connect.id - b.connect.id)
}

/** A broadcast was for every stream with its base URL that was open then. */
function isFor({ id, client }: ConnectEntry, leaveId: number, frame: FrameEntry): boolean {
  if (frame.client !== undefined) return frame.client === client.id
  if (client.stream !== frame.stream || client.baseUrl !== frame.baseUrl) return false
  return id < frame.id && frame.id < leaveId
}

function describe({ client }: ConnectEntry, leaveId: number): Omit<Client, 'deliveries'> {
  const { id, remoteAddress, userAgent, user } = client
  return { client: id, remoteAddress, userAgent, user, left: leaveId !== Infinity }
}

function whoPolled({ request, user }: Poll): Who {
  const headers = Object.entries(headersOf(request.headers))
  const agent = headers.find(([name]) => name.toLowerCase() === 'user-agent')
  return { remoteAddress: request.remoteAddress, userAgent: agent?.[1] ?? null, user: user ?? null }
}

/** The journal keeps the beginning of a long user agent. */
function keyOf({ remoteAddress, userAgent, user }: Who): string {
  return JSON.stringify([remoteAddress, userAgent?.slice(0, COMPARED_LENGTH), user])
}
