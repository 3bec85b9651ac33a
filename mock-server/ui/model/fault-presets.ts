import type { Fault } from './api-types.ts'

export interface FaultPreset {
  readonly title: string
  readonly help: string
  readonly faults: readonly Fault[]
}

/** What testers try first. Each is a whole plan. */
export const FAULT_PRESETS: readonly FaultPreset[] = [
  {
    title: '60 s outage',
    help: 'Everything is answered 503, and open streams end.',
    faults: [
      {
        name: 'outage-feeds',
        kind: 'status',
        scope: 'feed',
        status: 503,
        retryAfter: 5,
        ttlMs: 60_000,
      },
      { name: 'outage-items', kind: 'status', scope: 'item', status: 503, ttlMs: 60_000 },
      { name: 'outage-streams', kind: 'status', scope: 'sse-connect', status: 503, ttlMs: 60_000 },
      { name: 'outage-open', kind: 'fin', scope: 'sse-open', clean: true, ttlMs: 60_000 },
    ],
  },
  {
    title: 'Silent stall',
    help: 'Open streams stay open, and say nothing for 30 s.',
    faults: [{ name: 'silent', kind: 'stall', scope: 'sse-open', ttlMs: 30_000 }],
  },
  {
    title: 'Flapping',
    help: 'Streams get RST after each event.',
    faults: [{ name: 'flapping', kind: 'reset', scope: 'sse-open', afterEvents: 1, ttlMs: 60_000 }],
  },
  {
    title: 'Slow reader',
    help: 'Open streams come at 200 bytes a second.',
    faults: [
      {
        name: 'slow-reader',
        kind: 'bandwidth',
        scope: 'sse-open',
        bytesPerSecond: 200,
        ttlMs: 60_000,
      },
    ],
  },
  {
    title: 'Lost events',
    help: 'Each event is lost with a chance of 10 %.',
    faults: [{ name: 'lossy', kind: 'event-lost', scope: 'sse-open', probability: 0.1 }],
  },
  {
    title: 'Events before rows',
    help: 'The event comes, and the row is missing for two polls.',
    faults: [{ name: 'late-rows', kind: 'late-row', scope: 'feed', polls: 2 }],
  },
  {
    title: 'Rolling restart',
    help: 'The port is closed for 3 s, and open connections are cut.',
    faults: [{ name: 'restart', kind: 'down', ms: 3_000 }],
  },
]

/** Kinds that the form offers, with the parameter that it asks for. */
export const FAULT_FORMS: readonly {
  readonly kind: string
  readonly scopes: readonly string[]
  readonly parameter?: string
  readonly value?: number | string
}[] = [
  {
    kind: 'latency',
    scopes: ['feed', 'item', 'write', 'sse-connect', 'sse-open'],
    parameter: 'ms',
    value: 500,
  },
  {
    kind: 'status',
    scopes: ['feed', 'item', 'write', 'sse-connect'],
    parameter: 'status',
    value: 503,
  },
  { kind: 'reset', scopes: ['feed', 'item', 'write', 'sse-connect', 'sse-open'] },
  { kind: 'fin', scopes: ['feed', 'item', 'write', 'sse-connect', 'sse-open'] },
  { kind: 'stall', scopes: ['feed', 'item', 'write', 'sse-connect', 'sse-open'] },
  {
    kind: 'bandwidth',
    scopes: ['feed', 'item', 'write', 'sse-connect', 'sse-open'],
    parameter: 'bytesPerSecond',
    value: 200,
  },
  { kind: 'truncate', scopes: ['feed', 'item', 'sse-open'], parameter: 'fraction', value: 0.5 },
  { kind: 'malformed', scopes: ['feed', 'item'], parameter: 'defect', value: 'entity' },
  { kind: 'event-lost', scopes: ['sse-open'] },
  { kind: 'event-doubled', scopes: ['sse-open'], parameter: 'copies', value: 2 },
  { kind: 'late-row', scopes: ['feed'], parameter: 'polls', value: 2 },
]

/** What the form of a fault holds. */
export interface FaultForm {
  readonly kind: string
  readonly scope: string
  readonly value: string
  readonly once: boolean
  readonly ttlSeconds: string
}

/** The fault that a form describes, under a name that the plan does not have. */
export function faultOfForm(form: FaultForm, taken: readonly string[]): Fault {
  const { parameter } = FAULT_FORMS.find(({ kind }) => kind === form.kind) ?? {}
  const number = Number(form.value)
  const value = form.value !== '' && Number.isFinite(number) ? number : form.value
  const names = [form.kind, ...taken.map((_, index) => `${form.kind}-${index + 2}`)]
  return {
    name: names.find((name) => !taken.includes(name)) ?? form.kind,
    kind: form.kind,
    scope: form.scope,
    ...(parameter === undefined ? {} : { [parameter]: value }),
    ...(form.once ? { once: true } : {}),
    ...(form.ttlSeconds === '' ? {} : { ttlMs: Number(form.ttlSeconds) * 1_000 }),
  }
}

/** A fault of a report as it is set again: without what became of it. */
export function asGiven({
  requests: _requests,
  strikes: _strikes,
  isHealed: _healed,
  endsInMs: _ends,
  ...fault
}: Fault): Fault {
  return fault
}
