import { z } from 'zod'

import { suggest } from './suggest.ts'

/** Characters of a value that are shown. */
const MAX_SHOWN = 60

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  array: 'a list',
  null: 'null',
}
/** What the size of each kind of value is counted in. */
const UNITS: Readonly<Record<string, string>> = { string: ' characters', array: ' entries' }

/**
 * The text of a mistake in what a caller or a file gives: what was expected, and what came. It is
 * the `error` of a parse; a schema's own message comes before it.
 */
export const mistakeText: z.core.$ZodErrorMap = (issue) => {
  const { input } = issue
  switch (issue.code) {
    case 'invalid_type':
      return expected(TYPES[issue.expected] ?? issue.expected, input)
    case 'invalid_value':
      return expectedOneOf(issue.values, input)
    case 'unrecognized_keys':
      return issue.keys
        .map((key) => `unknown key ${shown(key)}${suggest(key, keysOf(issue.inst))}`)
        .join(', ')
    case 'too_big':
      return expected(
        `${issue.inclusive === false ? 'less than' : 'at most'} ${issue.maximum}${UNITS[issue.origin] ?? ''}`,
        sizeOf(input),
      )
    case 'too_small':
      return expected(
        `${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}${UNITS[issue.origin] ?? ''}`,
        sizeOf(input),
      )
    case 'invalid_union':
      return textOfUnion(issue, input)
    default:
      return undefined
  }
}

interface UnionIssue {
  readonly discriminator?: string | undefined
  readonly errors: readonly (readonly z.core.$ZodIssue[])[]
}

function textOfUnion(issue: UnionIssue, input: unknown): string | undefined {
  const { discriminator, errors } = issue
  const options: unknown = 'options' in issue ? issue.options : undefined
  if (discriminator !== undefined && Array.isArray(options)) {
    return expectedOneOf(options, isObject(input) ? input[discriminator] : undefined)
  }
  // The shape that was meant is one whose mistakes are not about the value as a whole.
  const firsts = errors.flatMap(([first]) => first ?? [])
  const first = firsts.find(({ path }) => path.length > 0) ?? firsts[0]
  if (first === undefined) return undefined
  return [...first.path.map(String), first.message].join(': ')
}

function expected(what: string, got: unknown): string {
  return `expected ${what}, got ${shown(got)}`
}

function expectedOneOf(known: readonly unknown[], got: unknown): string {
  const what = known.map((one) => (typeof one === 'string' ? one : JSON.stringify(one)))
  const hint = typeof got === 'string' ? suggest(got, what) : ''
  return expected(what.length === 1 ? what.join('') : `one of ${what.join(', ')}`, got) + hint
}

/** The length of a text or a list, else the value itself. */
function sizeOf(value: unknown): unknown {
  return typeof value === 'string' || Array.isArray(value) ? value.length : value
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (isObject(value)) return 'an object'
  if (typeof value === 'number') return String(value)
  if (typeof value !== 'string') return JSON.stringify(value)
  return JSON.stringify(value.length > MAX_SHOWN ? `${value.slice(0, MAX_SHOWN)}…` : value)
}

function keysOf(schema: unknown): readonly string[] {
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : []
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
