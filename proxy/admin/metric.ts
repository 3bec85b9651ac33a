/** One metric, in terms that both formats of `/metrics` share. */
export interface Metric {
  /** As Prometheus spells it. */
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge'
  /** What tells its samples apart, also while it has none. */
  readonly labelNames: readonly string[]
  readonly samples: readonly Sample[]
}

export interface Sample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

export const gauge = (
  name: string,
  help: string,
  labelNames: readonly string[],
  samples: readonly Sample[],
): Metric => ({ name: `sse_proxy_${name}`, help, type: 'gauge', labelNames, samples })

export const counter = (
  name: string,
  help: string,
  labelNames: readonly string[],
  samples: readonly Sample[],
): Metric => ({ name: `sse_proxy_${name}_total`, help, type: 'counter', labelNames, samples })

export const one = (value: number): readonly Sample[] => [{ labels: {}, value }]
