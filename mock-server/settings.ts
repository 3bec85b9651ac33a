import type { z } from 'zod'

import { MockServerError } from './errors.ts'
import { withoutLogin } from './http/redact-url.ts'
import type { KnobName, Settings } from './knobs.ts'
import { KNOB_NAMES, KNOBS } from './knobs.ts'

/** One given value and its origin: `--port`, `MCS_PORT`, `port in store.yaml`. */
export interface GivenValue {
  readonly knob: KnobName
  readonly origin: string
  readonly value: unknown
}

/**
 * Checks all given values and fills in the defaults; the first value of a knob wins. Throws one
 * `bad-config` that lists every mistake, those of `mistakes` first.
 */
export function readSettings(
  given: readonly GivenValue[],
  mistakes: readonly string[] = [],
): Settings {
  const found = [...mistakes]
  const values: Partial<Record<KnobName, unknown>> = {}
  for (const { knob, origin, value } of given) {
    const result = KNOBS[knob].schema.safeParse(value)
    if (!result.success)
      found.push(
        `${origin}: expected ${KNOBS[knob].expects}, got ${shown(knob, value)}${wrongMembers(knob, result.error)}`,
      )
    else if (!Object.hasOwn(values, knob)) values[knob] = result.data
  }
  if (found.length > 0) throw new MockServerError('bad-config', found.join('\n'))
  const settings = withDefaults(values)
  assertConsistent(settings)
  return settings
}

function withDefaults(values: Partial<Record<KnobName, unknown>>): Settings {
  const entries = KNOB_NAMES.map((name) => [
    name,
    Object.hasOwn(values, name) ? values[name] : KNOBS[name].default,
  ])
  // Each value has passed the schema of its knob, from which `Settings` is derived.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return Object.fromEntries(entries) as Settings
}

function assertConsistent(settings: Settings): void {
  const { defaultCount, maxCount, ids, replay, longPoll, maxBinaryBytes, maxBinaryStoreBytes } =
    settings
  if (maxBinaryBytes > maxBinaryStoreBytes) {
    throw new MockServerError(
      'bad-config',
      `maxBinaryBytes is ${maxBinaryBytes}, which is more than maxBinaryStoreBytes, ${maxBinaryStoreBytes}`,
    )
  }
  if (replay && !ids) {
    throw new MockServerError(
      'bad-config',
      'replay needs ids: a client can only name an event that had one',
    )
  }
  if (longPoll && !replay) {
    throw new MockServerError(
      'bad-config',
      'longPoll needs replay: without it a client misses what comes between two of its requests',
    )
  }
  if (defaultCount <= maxCount) return
  throw new MockServerError(
    'bad-config',
    `defaultCount is ${defaultCount}, which is more than maxCount, ${maxCount}`,
  )
}

/** Names the wrong members of a value that has some, such as `fault.0.ms`. */
function wrongMembers(knob: KnobName, { issues }: z.ZodError): string {
  if (isSecret(knob)) return ''
  return issues
    .filter(({ path }) => path.some((part) => typeof part === 'string'))
    .map(({ path, message }) => `; ${knob}.${path.join('.')}: ${message}`)
    .join('')
}

function shown(knob: KnobName, value: unknown): string {
  if (value === true) return 'no value'
  if (isSecret(knob)) return 'something else (not shown)'
  return withoutLogin(JSON.stringify(value) ?? String(value))
}

function isSecret(knob: KnobName): boolean {
  return 'secret' in KNOBS[knob] && KNOBS[knob].secret === true
}
