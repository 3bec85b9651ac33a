/** Kinds of metrics in k6, and the aggregations that a threshold may use. */
const AGGREGATIONS = {
  counter: ['count', 'rate'],
  rate: ['rate'],
  trend: ['avg', 'min', 'max', 'med', 'p'],
} as const

type MetricKind = keyof typeof AGGREGATIONS

/** Metrics of `k6/x/ssefleet`. */
export const FLEET_METRICS: Readonly<Record<string, MetricKind>> = {
  sse_connect: 'trend',
  sse_ttfb: 'trend',
  sse_delay_ms: 'trend',
  sse_events: 'counter',
  sse_gaps: 'counter',
  sse_duplicates: 'counter',
  sse_reordered: 'counter',
  sse_replayed: 'counter',
  sse_disconnects: 'counter',
  sse_connect_ok: 'rate',
  sse_plateau_ok: 'rate',
}

/** Metrics of every k6. */
const K6_METRICS: Readonly<Record<string, MetricKind>> = {
  checks: 'rate',
  data_received: 'counter',
  data_sent: 'counter',
  http_req_duration: 'trend',
  http_req_failed: 'rate',
  http_req_waiting: 'trend',
  http_reqs: 'counter',
  iteration_duration: 'trend',
  iterations: 'counter',
}

/** Rules of k6 by metric. */
export type Thresholds = Readonly<Record<string, readonly string[]>>

const THRESHOLD = /^([a-z]\w{0,100})(\{[^{}]{1,200}\})?:([a-z]+)(\(\d{1,3}(?:\.\d{1,6})?\))?(.*)$/
const COMPARISON = /^ ?(?:<=|>=|<|>|===|==|!=) ?-?\d{1,15}(?:\.\d{1,9})?$/

/** Reads `sse_delay_ms:p(99)<500`, several with `;`. Names of metrics may have tags in `{}`. */
export function thresholds(text: string): Thresholds {
  const read = new Map<string, string[]>()
  for (const given of text.split(';')) {
    const [, name = '', tags = '', aggregation = '', percent = '', comparison = ''] =
      THRESHOLD.exec(given.trim()) ?? []
    const kind = kindOf(name)
    if (kind === undefined) {
      throw new Error(`METRIC:RULE with one of ${Object.keys(ALL_METRICS).join(', ')}`)
    }
    const allowed: readonly string[] = AGGREGATIONS[kind]
    const isRule = allowed.includes(aggregation) && (aggregation === 'p') === (percent !== '')
    if (!isRule || !COMPARISON.test(comparison)) {
      const names = allowed.map((one) => (one === 'p' ? 'p(N)' : one)).join(', ')
      throw new Error(`a rule for ${name} such as ${example(kind)}, with ${names}`)
    }
    const metric = `${name}${tags}`
    read.set(metric, [...(read.get(metric) ?? []), `${aggregation}${percent}${comparison}`])
  }
  return Object.fromEntries(read)
}

const ALL_METRICS: Readonly<Record<string, MetricKind>> = { ...FLEET_METRICS, ...K6_METRICS }

function kindOf(name: string): MetricKind | undefined {
  return Object.hasOwn(ALL_METRICS, name) ? ALL_METRICS[name] : undefined
}

function example(kind: MetricKind): string {
  return { counter: 'count<10', rate: 'rate>0.99', trend: 'p(99)<500' }[kind]
}
