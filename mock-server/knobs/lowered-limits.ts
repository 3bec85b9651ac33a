import { z } from 'zod'

import type { LoweredLimits } from '../content/limits.ts'
import { LIMITS, LOWERED_LIMITS } from '../content/limits.ts'
import type { Knob } from './knob.ts'
import { knob } from './knob.ts'

const members = LOWERED_LIMITS.map((name) => [name, z.int().min(0).max(LIMITS[name]).optional()])

/** The limits that are lower than usual, so that a test soon meets them: `items=50,locks=3`. */
export const LIMITS_KNOB: Knob<LoweredLimits> = knob({
  schema: z.preprocess(readText, z.strictObject(Object.fromEntries(members)).readonly()),
  default: {},
  arg: 'NAME=N,…',
  expects: `limits such as items=50, none above its default: ${LOWERED_LIMITS.join(', ')}`,
  help: 'lower some limits, so that a client soon meets them',
  hidden: 'of the mock alone',
  guide: '#limits',
})

/** What is no number, is missing or is given twice becomes NaN, which the schema refuses. */
function readText(value: unknown): unknown {
  if (typeof value !== 'string') return value
  const numbers = new Map<string, number>()
  for (const part of value.split(',')) {
    const [name = '', ...texts] = part.split('=').map((text) => text.trim())
    const [text = ''] = texts
    const isWrong = texts.length !== 1 || text === '' || numbers.has(name)
    numbers.set(name, isWrong ? NaN : Number(text))
  }
  return Object.fromEntries(numbers)
}
