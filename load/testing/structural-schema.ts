import { z } from 'zod'

/**
 * The part of Kubernetes' structural schemas that resource definitions use for manifests written by
 * hand.
 */
export interface StructuralSchema {
  readonly type?: 'array' | 'boolean' | 'integer' | 'number' | 'object' | 'string' | undefined
  readonly properties?: Readonly<Record<string, StructuralSchema>> | undefined
  readonly additionalProperties?: StructuralSchema | undefined
  readonly items?: StructuralSchema | undefined
  readonly required?: readonly string[] | undefined
  readonly enum?: readonly unknown[] | undefined
  readonly 'x-kubernetes-int-or-string'?: boolean | undefined
}

export const structuralSchema: z.ZodType<StructuralSchema> = z.lazy(() =>
  z.looseObject({
    type: z.enum(['array', 'boolean', 'integer', 'number', 'object', 'string']).optional(),
    properties: z.record(z.string(), structuralSchema).optional(),
    additionalProperties: structuralSchema.optional(),
    items: structuralSchema.optional(),
    required: z.array(z.string()).optional(),
    enum: z.array(z.unknown()).optional(),
    'x-kubernetes-int-or-string': z.boolean().optional(),
  }),
)

/**
 * Mistakes in a value, each with its path. An unknown key is a mistake, because a cluster silently
 * ignores it.
 */
export function mistakesOf(value: unknown, schema: StructuralSchema, path = ''): readonly string[] {
  const wrong = (what: string) => [`${path === '' ? 'the manifest' : path}: ${what}`]
  if (schema['x-kubernetes-int-or-string'] === true) {
    return Number.isInteger(value) || typeof value === 'string'
      ? []
      : wrong('expected int or string')
  }
  if (schema.type !== undefined && !isOf(schema.type, value)) {
    return wrong(`expected ${schema.type}, got ${JSON.stringify(value)}`)
  }
  if (schema.enum !== undefined && !schema.enum.includes(value)) {
    return wrong(`expected one of ${schema.enum.join(', ')}, got ${JSON.stringify(value)}`)
  }
  const { items, properties, additionalProperties, required = [] } = schema
  if (Array.isArray(value)) {
    return items === undefined
      ? []
      : value.flatMap((item, index) => mistakesOf(item, items, `${path}[${index}]`))
  }
  if (!(value instanceof Object)) return []
  const missing = required.filter((key) => !(key in value)).map((key) => `${path}.${key}: missing`)
  // An object without either may have any content, as `metadata` does.
  if (properties === undefined && additionalProperties === undefined) return missing
  const below = Object.entries(value).flatMap(([key, member]: [string, unknown]) => {
    const known = properties?.[key] ?? additionalProperties
    const at = `${path}.${key}`
    return known === undefined ? [`${at}: not known`] : mistakesOf(member, known, at)
  })
  return [...missing, ...below]
}

function isOf(type: NonNullable<StructuralSchema['type']>, value: unknown): boolean {
  switch (type) {
    case 'array':
      return Array.isArray(value)
    case 'integer':
      return Number.isInteger(value)
    case 'object':
      return value instanceof Object && !Array.isArray(value)
    default:
      return typeof value === type
  }
}
