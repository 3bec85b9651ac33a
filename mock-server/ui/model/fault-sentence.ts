import type { Fault } from './api-types.ts'
import { plainText } from './plain-text.ts'

/** What each kind does, in words that follow the subject. A parameter is a name in braces. */
const DEEDS: Readonly<Record<string, string>> = {
  latency: 'are {ms} ms late',
  jitter: 'are about {ms} ms late',
  status: 'are answered {status}',
  reset: 'get RST',
  fin: 'end in the middle',
  stall: 'stay open and silent',
  'half-open': 'are no longer read',
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
  feed: 'Reads of feeds',
  item: 'Reads of items',
  write: 'Writes',
  'sse-connect': 'Requests for a stream',
  'sse-open': 'Open streams',
}

/** A sentence that says what a fault will do: "Reads of feeds are 200 ms late, the next one only." */
export function faultSentence(fault: Fault): string {
  if (fault.kind === 'down') return `The port is closed for ${Number(fault['ms'] ?? 0)} ms.`
  const deed = (DEEDS[fault.kind] ?? fault.kind).replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    plainText(fault[name] ?? '?'),
  )
  const after = amountOf(fault, 'afterEvents', 'events') ?? amountOf(fault, 'afterBytes', 'bytes')
  const subject = SUBJECTS[fault.scope ?? ''] ?? 'Requests'
  return `${subject}${selectedBy(fault)} ${deed}${after ?? ''}${turnOf(fault)}${untilOf(fault)}.`
}

function turnOf(fault: Fault): string {
  const number = (name: string): string => plainText(fault[name])
  if (fault['once'] === true) return ', the next one only'
  if (fault['first'] !== undefined) return `, the first ${number('first')} only`
  if (fault['every'] !== undefined) return `, one in ${number('every')}`
  if (fault['after'] !== undefined) return `, all but the first ${number('after')}`
  if (fault['probability'] !== undefined)
    return `, ${Math.round(Number(fault['probability']) * 100)} % of them`
  return fault['count'] === undefined ? '' : `, the next ${number('count')} only`
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
