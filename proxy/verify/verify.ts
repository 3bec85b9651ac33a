import type { VerifyOptions } from '../config/command-line.ts'
import { standardOutput } from '../output/standard-streams.ts'
import type { CaptureEvent } from './capture-event.ts'
import { EventContents } from './event-contents.ts'
import { NoteList } from './note-list.ts'
import { type Capture, readCapture } from './read-capture.ts'
import { StreamLedger } from './stream-ledger.ts'
import { counted } from '../counted.ts'

const MOST_SHOWN = 10

/** Something went wrong on the way to a client. */
const FAULTS = ['lost', 'doubled', 'reordered', 'contradictions'] as const

interface Report {
  readonly name: string
  readonly events: number
  readonly firstId: string | undefined
  readonly lastId: string | undefined
  readonly lost: Found
  readonly doubled: Found
  readonly reordered: Found
  /** Events whose id another event had before, in this capture or in an earlier one. */
  readonly contradictions: Found
  readonly gaps: Found
  readonly restarts: Found
  readonly foreignIds: number
}

interface Found {
  readonly count: number
  readonly first: readonly string[]
}

/**
 * Tells from what clients received whether an event was lost, doubled or reordered, over all
 * connections, machines and restarts. Returns the exit code: 0, 1 for a fault, and 2 when a capture
 * has no id of the proxy. Throws `usage` for a file that cannot be read.
 */
export async function verify(
  files: readonly string[],
  { isOneClient, isJson }: VerifyOptions,
): Promise<0 | 1 | 2> {
  const captures = (await Promise.all(files.map(readCapture))).flat()
  const reports = await verifyCaptures(captures, isOneClient)
  standardOutput.write(
    isJson ? `${JSON.stringify({ clients: reports }, null, 2)}\n` : reports.map(textOf).join(''),
  )
  if (reports.some((report) => FAULTS.some((fault) => report[fault].count > 0))) return 1
  return reports.every(({ events }) => events > 0) && reports.length > 0 ? 0 : 2
}

/** A report for each client: `isOneClient` = all captures are of one. */
export async function verifyCaptures(
  captures: readonly Capture[],
  isOneClient: boolean,
): Promise<readonly Report[]> {
  const contents = new EventContents()
  const reports: Report[] = []
  for (const client of isOneClient ? [joined(captures)] : captures)
    reports.push(await follow(client, contents))
  return reports
}

function joined(captures: readonly Capture[]): Capture {
  async function* events(): AsyncGenerator<CaptureEvent> {
    for (const capture of captures) yield* capture.events
  }
  return { name: captures.map(({ name }) => name).join(', '), events: events() }
}

async function follow({ name, events }: Capture, contents: EventContents): Promise<Report> {
  const ledger = new StreamLedger()
  const contradictions = new NoteList()
  for await (const event of events) {
    ledger.note(event)
    if (contents.contradicts(event)) contradictions.add(event.id ?? '')
  }
  const { firstId, lastId, lost, doubled, reordered, gaps, restarts, foreignIds } = ledger
  return {
    name,
    events: ledger.events,
    firstId,
    lastId,
    lost,
    doubled: foundIn(doubled),
    reordered: foundIn(reordered),
    contradictions: foundIn(contradictions),
    gaps: foundIn(gaps),
    restarts: foundIn(restarts),
    foreignIds,
  }
}

function foundIn({ count, first }: NoteList): Found {
  return { count, first }
}

function textOf(report: Report): string {
  const { name, events, firstId, lastId, foreignIds } = report
  if (events === 0) {
    const others =
      foreignIds === 0
        ? 'no event has an id'
        : `${foreignIds === 1 ? '1 id has' : `${foreignIds} ids have`} another form`
    return `${name}: cannot tell: ${others}; expected ids EPOCH-NUMBER of the proxy (replay.ids: own)\n`
  }
  const range = visible(`${name}: ${counted(events, 'event')}, from ${firstId} to ${lastId}`)
  const faults = FAULTS.filter((fault) => report[fault].count > 0)
  const lines = [
    faults.length === 0 ? `${range}: each once and in order` : range,
    ...faults.map((fault) => lineOf(fault, report[fault])),
    ...lineOfSome('gap announced by the proxy, after', report.gaps),
    ...lineOfSome('the client came without its last id, and began after', report.restarts),
    ...(foreignIds === 0 ? [] : [`  ${counted(foreignIds, 'id')} of another form: not judged`]),
  ]
  return `${lines.join('\n')}\n`
}

function lineOfSome(label: string, found: Found): readonly string[] {
  return found.count === 0 ? [] : [lineOf(label, found)]
}

function lineOf(label: string, { count, first }: Found): string {
  const rest = first.length > MOST_SHOWN ? ' …' : ''
  return `  ${label} (${count}): ${first.slice(0, MOST_SHOWN).map(visible).join(', ')}${rest}`
}

/** Ids come from outside, and a terminal shows them. */
function visible(text: string): string {
  return text.replaceAll(/\p{C}/gu, '?')
}
