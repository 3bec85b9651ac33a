import type { Fault } from './api-types.ts'
import { plainText } from './plain-text.ts'

/** What each kind does, in words that follow "…". A parameter is a name in braces. */
const DEEDS: Readonly<Record<string, string>> = {
  latency: 'come {ms} ms later',
  jitter: 'come about {ms} ms later',
  status: 'are answered {status}',
  reset: 'get RST',
  fin: 'end in the middle',
  stall: 'stay open and silent',
  'half-open': 'are read no more',
  split: 'come in small packets',
  bandwidth: 'come at {bytesPerSecond} bytes a second',
  truncate: 'are cut off',
  malformed: 'are malformed ({defect})',
  'slow-close': 'end {ms} ms late',
  connections: 'are limited to {max} connections',
  'event-lost': 'lose events',
  'event-doubled': 'get events twice',
  'event-reordered': 'get events out of order',
  'event-foreign': 'name another host',
  'early-event': 'come after their event',
  'late-row': 'lack the row for {polls} polls',
}

const SUBJECTS: Readonly<Record<string, string>> = {
  feed: 'reads of feeds',
  item: 'reads of items',
  write: 'writes',
  'sse-connect': 'requests for a stream',
  'sse-open': 'open streams',
}

/** A sentence that says what a fault will do: "The next request for feeds comes 200 ms later." */
export function faultSentence(fault: Fault): string {
  if (fault.kind === 'down') return `The port is closed for ${Number(fault['ms'] ?? 0)} ms.`
  const deed = (DEEDS[fault.kind] ?? fault.kind).replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    plainText(fault[name] ?? '?'),
  )
  const after = amountOf(fault, 'afterEvents', 'events') ?? amountOf(fault, 'afterBytes', 'bytes')
  const subject = SUBJECTS[fault.scope ?? ''] ?? 'requests'
  return `${turnOf(fault)} ${subject}${selectedBy(fault)} ${deed}${after ?? ''}${untilOf(fault)}.`
}

function turnOf(fault: Fault): string {
  if (fault['once'] === true) return 'The next one of'
  if (fault['first'] !== undefined) return `The first ${plainText(fault['first'])} of`
  if (fault['every'] !== undefined) return `Of every ${plainText(fault['every'])}, one of`
  if (fault['after'] !== undefined) return `After ${plainText(fault['after'])}, all`
  if (fault['probability'] !== undefined)
    return `With a chance of ${Math.round(Number(fault['probability']) * 100)} %,`
  if (fault['count'] !== undefined) return `The next ${plainText(fault['count'])} of`
  return 'All'
}

function selectedBy(fault: Fault): string {
  const chosen = ['path', 'method', 'log', 'client', 'user']
    .filter((name) => fault[name] !== undefined)
    .map((name) => `${name} ${plainText(fault[name])}`)
  return chosen.length === 0 ? '' : ` (${chosen.join(', ')})`
}

function amountOf(fault: Fault, name: string, unit: string): string | undefined {
  return fault[name] === undefined ? undefined : ` after ${plainText(fault[name])} ${unit}`
}

function untilOf({ ttlMs }: Fault): string {
  return typeof ttlMs === 'number' ? `, for ${ttlMs / 1_000} s` : ', until it is removed'
}
