import { z } from 'zod'

/** The schema of the value at a path of keys and indices; undefined = the path leads nowhere. */
export function schemaAt(root: z.ZodType, path: readonly PropertyKey[]): unknown {
  let schema: unknown = innerSchema(root)
  for (const step of path) {
    if (schema instanceof z.ZodObject) schema = innerSchema(schema.shape[String(step)])
    else if (schema instanceof z.ZodArray) schema = innerSchema(schema.element)
    else return undefined
  }
  return schema
}

/** The schema within defaults. */
export function innerSchema(schema: unknown): unknown {
  let inner = schema
  while (
    inner instanceof z.ZodOptional ||
    inner instanceof z.ZodDefault ||
    inner instanceof z.ZodPrefault
  ) {
    inner = inner.unwrap()
  }
  return inner
}
