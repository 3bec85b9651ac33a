import type { HeaderField } from '../../wire/http/header-fields.ts'

/** One of several checks that differ only in what they send. */
export interface RuleCase {
  readonly name: string
  readonly title: string
  readonly source: string
  readonly meaning: string
  readonly level?: 'must' | 'should' | undefined
  readonly basis?: 'standard' | undefined
  readonly kills: readonly string[]
}

/** Fields of a request or a response that must arrive as they were sent. */
export interface FieldCase extends RuleCase {
  readonly fields: readonly HeaderField[]
}

export function one(name: string, value: string): readonly HeaderField[] {
  return [{ name, value }]
}
