import { z } from 'zod'

const name = z
  .string()
  .regex(/^[^\s"<>&]{1,200}$/, 'expected a name of 1 to 200 characters without blanks and "<>&')

/** A text, several texts, or markup that is the content of an XHTML `div`. */
const value = z.union([
  z.string(),
  z.array(z.string()).max(1_000).readonly(),
  z.strictObject({ xhtml: z.string() }),
])

/** The fields of a payload, by name. */
export const FIELD_VALUES = z.record(name, value)

export type FieldValue = z.infer<typeof value>
export type FieldValues = Readonly<Record<string, FieldValue>>
