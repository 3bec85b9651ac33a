import type { HeaderField } from '../../wire/http/header-fields.ts'

/** Fields of a request or a response that must arrive as they were sent. */
export interface FieldCase {
  readonly name: string
  readonly title: string
  readonly source: string
  readonly meaning: string
  readonly level?: 'must' | 'should' | undefined
  readonly basis?: 'standard' | undefined
  readonly kills: readonly string[]
  readonly fields: readonly HeaderField[]
}

export function one(name: string, value: string): readonly HeaderField[] {
  return [{ name, value }]
}
