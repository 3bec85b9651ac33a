import { z } from 'zod'

import { MockServerError } from '../errors.ts'

/** The dates that a feed can hold: years of four digits. */
const FIRST_MS = Date.parse('1970-01-01T00:00:00Z')
const LAST_MS = Date.parse('9999-12-31T23:59:59.999Z')

/** Longest `advance`: ten years of 366 days. */
const MAX_ADVANCE_MS = 3_660 * 86_400_000

/**
 * How the store clock shall go. `{}` is the real time. `at` is the time that it shows now, by
 * default the real one; `offsetMs` is added to the real time.
 */
export const CLOCK_SETTING = z
  .strictObject({
    /** It does not run: only `advance` moves it. */
    frozen: z.boolean().default(false),
    at: z.iso
      .datetime({ offset: true, error: 'expected a time such as 2026-01-01T00:00:00Z' })
      .refine((text) => isDateOfFeeds(Date.parse(text)), 'expected a time from 1970 to 9999')
      .optional(),
    offsetMs: z.int().optional(),
  })
  .refine(({ at, offsetMs }) => at === undefined || offsetMs === undefined, {
    message: 'expected at or offsetMs, got both',
  })

export type ClockSetting = z.input<typeof CLOCK_SETTING>

export const CLOCK_ADVANCE = z.strictObject({ ms: z.int().min(0).max(MAX_ADVANCE_MS) })

/** What the clock says of itself. */
export const CLOCK_STATE = z.strictObject({
  frozen: z.boolean(),
  /** The time that it shows. */
  at: z.iso.datetime(),
  /** How far a clock that is not frozen is from the real time. */
  offsetMs: z.int().optional(),
  /** Timers that are set: heartbeats, delays of faults, waits of scenarios. */
  timers: z.int().min(0),
})

export type ClockState = Readonly<z.output<typeof CLOCK_STATE>>

function isDateOfFeeds(ms: number): boolean {
  return ms >= FIRST_MS && ms <= LAST_MS
}

export function assertDateOfFeeds(ms: number): void {
  if (isDateOfFeeds(ms)) return
  throw new MockServerError('bad-request', 'the clock shows times from 1970 to 9999 only')
}

/**
 * The value of `--clock`: `real`, `frozen`, `frozen@TIME`, `running@TIME` or `offset@MS`. Anything
 * else is returned as it is.
 */
export function readClockText(value: unknown): unknown {
  if (typeof value !== 'string') return value
  const [kind = '', ...rest] = value.split('@')
  const detail = rest.length === 0 ? undefined : rest.join('@')
  if (detail === undefined) {
    if (kind === 'real') return {}
    return kind === 'frozen' ? { frozen: true } : value
  }
  if (kind === 'frozen') return { frozen: true, at: detail }
  if (kind === 'running') return { at: detail }
  const isOffset = kind === 'offset' && /^[+-]?\d{1,15}$/.test(detail)
  return isOffset ? { offsetMs: Number(detail) } : value
}
