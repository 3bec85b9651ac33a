import { z } from 'zod'

/** One setting: its spelling, its help, and the schema for every source. */
export interface Knob<T> {
  readonly schema: z.ZodType<T>
  readonly default: T
  /** The text after "expected" in an error message. */
  readonly expects: string
  readonly help: string
  /** Placeholder in the help text; a knob without one is a switch. */
  readonly arg?: string | undefined
  /** Its value is never printed. */
  readonly secret?: boolean | undefined
  /** Its flag may be given several times: each adds to the list. */
  readonly repeatable?: boolean | undefined
  /** Why `learn` does not find it in another store. Without a reason, a probe has to. */
  readonly hidden?: string | undefined
  /** The page of `docs/` that says more, from there. */
  readonly guide?: string | undefined
}

type Described<T> = Omit<Knob<T>, 'schema' | 'expects'>

export function knob<T>(described: Knob<T>): Knob<T> {
  return described
}

export function text(described: Described<string>): Knob<string> {
  return { ...described, schema: z.preprocess(numberToText, z.string()), expects: 'a text' }
}

export function toggle(described: Described<boolean>): Knob<boolean> {
  return {
    ...described,
    schema: z.preprocess(textToBoolean, z.boolean()),
    expects: 'true or false',
  }
}

export function whole({
  min,
  max,
  ...described
}: Described<number> & { min: number; max: number }): Knob<number> {
  const schema = z.preprocess(textToNumber, z.int().min(min).max(max))
  return { ...described, schema, expects: `a whole number from ${min} to ${max}` }
}

export function bytes(described: Described<number>): Knob<number> {
  return whole({ ...described, min: 1024, max: 1_073_741_824, arg: 'BYTES' })
}

export function list(described: Described<readonly string[]>): Knob<readonly string[]> {
  const schema = z.preprocess(splitList, z.array(z.string().min(1)).readonly())
  return { ...described, schema, expects: 'names with commas between them' }
}

export function status({
  of,
  ...described
}: Described<number> & { of: readonly number[] }): Knob<number> {
  const expects = of.join(' or ')
  return {
    ...described,
    arg: of.join('|'),
    schema: z.preprocess(textToNumber, z.literal(of)),
    expects,
  }
}

export function choice<const T extends string>({
  choices,
  ...described
}: Described<T> & { choices: readonly T[] }): Knob<T> {
  return {
    ...described,
    arg: choices.join('|'),
    schema: z.enum(choices),
    expects: choices.join(' or '),
  }
}

export function url(described: Described<string>): Knob<string> {
  const schema = z
    .union([z.literal(''), z.string().refine(isHttpUrl)])
    .transform(withoutSlashesAtEnd)
  return {
    ...described,
    arg: 'URL',
    schema,
    expects: 'an http:// or https:// URL without login, query or fragment',
  }
}

function isHttpUrl(value: string): boolean {
  if (!/^https?:\/\/[\w.[\]:-]+(\/[\w./~%-]*)?$/.test(value)) return false
  return URL.canParse(value)
}

function withoutSlashesAtEnd(value: string): string {
  let end = value.length
  while (value[end - 1] === '/') end -= 1
  return value.slice(0, end)
}

function textToNumber(value: unknown): unknown {
  return typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value
}

function numberToText(value: unknown): unknown {
  return typeof value === 'number' ? String(value) : value
}

function textToBoolean(value: unknown): unknown {
  return value === 'true' ? true : value === 'false' ? false : value
}

export function splitList(value: unknown): unknown {
  if (typeof value !== 'string') return value
  return value.split(',').map((part) => part.trim())
}
