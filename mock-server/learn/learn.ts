import type { Seed } from '../content/seed.ts'
import { MockServerError } from '../errors.ts'
import type { KnobName, Settings } from '../knobs.ts'
import { startMockContentStore } from '../start.ts'
import type { ProbeOptions } from './context.ts'
import type { Findings } from './finding.ts'
import type { SeedOptions } from './learned-seed.ts'
import { learnSeed } from './learned-seed.ts'
import { observe } from './observe.ts'
import type { PoliteClientOptions } from './polite-client.ts'
import { PoliteClient } from './polite-client.ts'

export interface LearnOptions
  extends Omit<PoliteClientOptions, 'signal'>, ProbeOptions, SeedOptions {
  /** Current settings of the mock. */
  readonly ours: Settings
  /** Time limit of the whole run. */
  readonly maxMs: number
  /** Stops the run early. */
  readonly signal?: AbortSignal | undefined
  readonly onStep?: ((what: string) => void) | undefined
}

export interface Learned {
  readonly theirs: Findings
  /** The answers of a mock with the settings `ours` and the learned seed to the same questions. */
  readonly ours: Findings
  readonly seed: Seed
  readonly requests: number
}

/** Probes the store at `baseUrl`, and then a mock. Throws like `observe`. */
export async function learn(options: LearnOptions): Promise<Learned> {
  const { ours, maxMs, onStep } = options
  const stop = new AbortController()
  const late = new MockServerError(
    'timed-out',
    `not finished within ${maxMs / 1000} s; allow more with --max-seconds`,
  )
  const timer = setTimeout(() => stop.abort(late), maxMs)
  const signal =
    options.signal === undefined ? stop.signal : AbortSignal.any([stop.signal, options.signal])
  try {
    const client = new PoliteClient({ ...options, signal })
    const { site, findings } = await observe({ client, options, ours, onStep })
    onStep?.('newest items')
    const seed = await learnSeed(client, site, options)
    onStep?.('the mock itself, to compare')
    return {
      theirs: findings,
      ours: await observeOurs(options, seed, signal),
      seed,
      requests: client.requests,
    }
  } finally {
    clearTimeout(timer)
  }
}

/** Probes a mock, so that no document has to repeat what the mock does. */
async function observeOurs(
  options: LearnOptions,
  seed: Seed,
  signal: AbortSignal,
): Promise<Findings> {
  const settings = { ...options.ours, port: 0, host: '127.0.0.1', portFile: '', workers: 0 }
  await using store = await startMockContentStore({ ...settings, seed })
  const { login } = settings
  const client = new PoliteClient({
    baseUrl: store.url,
    login,
    rate: Infinity,
    maxRequests: Infinity,
    signal,
  })
  const { findings } = await observe({
    client,
    options: { ...options, listenMs: 0 },
    ours: settings,
  })
  return findings
}

/** Whether the mock behaves differently from what was found. */
export function isDifferent(knob: KnobName, ours: unknown, theirs: unknown): boolean {
  // The value is measured, and includes delays of the network.
  if (knob === 'heartbeatMs' && Number(ours) > 0)
    return Math.abs(Number(theirs) - Number(ours)) > Number(ours) / 4
  return JSON.stringify(sorted(ours)) !== JSON.stringify(sorted(theirs))
}

function sorted(value: unknown): unknown {
  return Array.isArray(value) ? value.toSorted() : value
}
