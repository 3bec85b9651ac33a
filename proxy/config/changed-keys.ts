import { isDeepStrictEqual } from 'node:util'

import { z } from 'zod'

import { innerSchema } from './schema-path.ts'
import { type ConfigFile, fileBlocks } from './schema.ts'

/**
 * The keys whose values differ, such as `server.applicationConnectors[0].port`; not those that have
 * no effect. Names that the operator chooses, such as header fields, are not shown.
 */
export function changedKeys(before: ConfigFile, after: ConfigFile): readonly string[] {
  return compare(fileBlocks, before, after, '')
}

function compare(outer: unknown, before: unknown, after: unknown, path: string): readonly string[] {
  const schema = innerSchema(outer)
  // Keys of the framework that have no effect.
  if (schema instanceof z.ZodUnknown) return []
  if (schema instanceof z.ZodObject && isBlock(before) && isBlock(after)) {
    return Object.entries(schema.shape).flatMap(([key, inner]) =>
      compare(inner, before[key], after[key], path === '' ? key : `${path}.${key}`),
    )
  }
  if (schema instanceof z.ZodArray && Array.isArray(before) && Array.isArray(after)) {
    return Array.from({ length: Math.max(before.length, after.length) }).flatMap((_item, index) =>
      compare(schema.element, before[index], after[index], `${path}[${index}]`),
    )
  }
  return isSame(before, after) ? [] : [path]
}

/** The properties of a URL are not its own, so that all URLs are deeply equal. */
function isSame(before: unknown, after: unknown): boolean {
  if (before instanceof URL && after instanceof URL) return before.href === after.href
  return isDeepStrictEqual(before, after)
}

function isBlock(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
