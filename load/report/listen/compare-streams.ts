import type { JournalEntry } from '../journal-entry.ts'
import { differenceOf } from './difference.ts'
import { counted } from '../counted.ts'

export type SequenceEntry = Extract<JournalEntry, { kind: 'sequence' }>
type StreamEvent = SequenceEntry['events'][number]

/** Streams that received the same events in the same order. */
interface Group {
  readonly streams: number
  readonly example: string
  readonly events: readonly StreamEvent[]
}

export interface StreamComparison {
  readonly streams: number
  /** Streams that received what most of the others received. */
  readonly alike: number
  /** What most of the streams received, in order. */
  readonly events: readonly StreamEvent[]
  /** How many of these events were judged. */
  readonly judged: number
  /** In words: which event was lost, repeated or in another order, and where. */
  readonly faults: readonly string[]
}

const MAX_FAULTS_OF_A_GROUP = 5
const MAX_SHOWN = 120
/** How much earlier or later than judged events the compared ones may be. */
const MARGIN_MS = 5_000

/**
 * Judges all streams of a run against each other. What most of the streams have received is taken
 * to be right.
 */
export function compareStreams(entries: readonly SequenceEntry[]): StreamComparison {
  const fromMs = Math.max(...entries.map((entry) => entry.fromMs))
  const toMs = Math.min(...entries.map((entry) => entry.toMs))
  const isJudged = ({ firstMs }: StreamEvent) => firstMs >= fromMs && firstMs <= toMs
  const groups = mergeGroups(entries, fromMs - MARGIN_MS, toMs + MARGIN_MS)
  const [most, ...others] = groups
  if (most === undefined) return { streams: 0, alike: 0, events: [], judged: 0, faults: [] }
  const faults: string[] = []
  let alike = most.streams
  for (const group of others) {
    const found = faultsOf(group, most, isJudged)
    if (found.length === 0) alike += group.streams
    faults.push(...found)
  }
  return {
    streams: groups.reduce((sum, { streams }) => sum + streams, 0),
    alike,
    events: most.events,
    judged: most.events.filter(isJudged).length,
    faults,
  }
}

/** Groups with the same events in several shards become one. The largest is first. */
function mergeGroups(
  entries: readonly SequenceEntry[],
  fromMs: number,
  toMs: number,
): readonly Group[] {
  const merged = new Map<string, Group>()
  for (const { streams, example, events: all } of entries) {
    const events = all.filter(({ firstMs }) => firstMs >= fromMs && firstMs <= toMs)
    const key = JSON.stringify(events.map(({ text }) => text))
    const before = merged.get(key)
    merged.set(
      key,
      before === undefined ? { streams, example, events } : joined(before, streams, events),
    )
  }
  return [...merged.values()].toSorted(
    (a, b) => b.streams - a.streams || b.events.length - a.events.length,
  )
}

function joined(group: Group, streams: number, events: readonly StreamEvent[]): Group {
  return {
    ...group,
    streams: group.streams + streams,
    events: group.events.map(({ text, firstMs, lastMs }, index) => ({
      text,
      firstMs: Math.min(firstMs, events[index]?.firstMs ?? firstMs),
      lastMs: Math.max(lastMs, events[index]?.lastMs ?? lastMs),
    })),
  }
}

function faultsOf(
  group: Group,
  most: Group,
  isJudged: (event: StreamEvent) => boolean,
): readonly string[] {
  const who = group.streams === 1 ? group.example : `${group.streams} streams (${group.example})`
  const difference = differenceOf(textsOf(most.events), textsOf(group.events))
  if (difference === undefined) {
    return [
      `${who}: received other events than ${counted(most.streams, 'stream')} (${most.example})`,
    ]
  }
  const eventsAt = (events: readonly StreamEvent[], indices: readonly number[]) =>
    indices.flatMap((index) => events[index] ?? []).filter(isJudged)
  const missing = eventsAt(most.events, difference.missing)
  const surplus = eventsAt(group.events, difference.surplus)
  const moved = new Set(
    textsOf(missing).filter((text) => surplus.some((event) => event.text === text)),
  )
  const others = counted(most.streams, 'stream')
  const faults = [
    ...[...moved].map((text) => `received ${shown(text)} in another order than ${others}`),
    ...missing
      .filter(({ text }) => !moved.has(text))
      .map(({ text, firstMs }) => {
        return `lost ${shown(text)}, which ${others} received at ${timeOf(firstMs)}`
      }),
    ...surplus
      .filter(({ text }) => !moved.has(text))
      .map(({ text, firstMs }) => {
        return `received ${shown(text)} at ${timeOf(firstMs)} more often than ${others}`
      }),
  ]
  return faults.slice(0, MAX_FAULTS_OF_A_GROUP).map((fault) => `${who}: ${fault}`)
}

function textsOf(events: readonly StreamEvent[]): readonly string[] {
  return events.map(({ text }) => text)
}

function shown(text: string): string {
  return text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN)}…`
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString().slice(11, 23)
}
