import type { Fault } from './api-types.ts'

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

/** A fault of a report as it is set again: without its counters. */
export function asGiven({
  requests: _requests,
  strikes: _strikes,
  isHealed: _healed,
  endsInMs: _ends,
  ...fault
}: Fault): Fault {
  return fault
}
