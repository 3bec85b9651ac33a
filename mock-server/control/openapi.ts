import { z } from 'zod'

import type { Answer, Endpoint } from './endpoint.ts'
import { PROBLEM } from './problem.ts'

type Json = Readonly<Record<string, unknown>>

/** The control API in OpenAPI 3.1. */
export interface OpenApiDocument {
  readonly openapi: '3.1.0'
  readonly info: Json
  readonly servers: readonly Json[]
  /** By path and method. */
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Json }
}

interface Operation {
  readonly operationId: string
  readonly summary: string
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly content: Content }
  /** By status, or `default`. */
  readonly responses: Readonly<Record<string, Described>>
}

interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query'
  readonly required: boolean
  readonly schema: unknown
}

interface Described {
  readonly description: string
  readonly content?: Content
}

/** By media type. */
type Content = Readonly<Record<string, { readonly schema?: Json }>>

/** Describes the endpoints as they are declared. `basePath` is where they are mounted. */
export function openApiDocument(endpoints: readonly Endpoint[], basePath: string): OpenApiDocument {
  const schemas = new Schemas()
  const problem = {
    description: 'Any error',
    content: { 'application/problem+json': { schema: schemas.of(PROBLEM, 'output') } },
  }
  const paths: Record<string, Record<string, Operation>> = {}
  for (const endpoint of endpoints) {
    paths[endpoint.path] ??= {}
    Object.assign(paths[endpoint.path] ?? {}, {
      [endpoint.method.toLowerCase()]: operationOf(endpoint, schemas, problem),
    })
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Mock Content Store, control API',
      version: '1',
      description: 'For tests: edits content, watches clients, sets faults. Needs no login.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: basePath }],
    paths,
    components: { schemas: schemas.components },
  }
}

function operationOf(endpoint: Endpoint, schemas: Schemas, problem: Described): Operation {
  const { operation, summary, body, bodyMedia = 'application/json', answers } = endpoint
  const responses = Object.entries(answers).map(([status, answer]) => [
    status,
    responseOf(answer, schemas),
  ])
  const parameters = parametersOf(endpoint)
  return {
    operationId: operation,
    summary,
    ...(parameters.length > 0 && { parameters }),
    ...(body !== undefined && {
      requestBody: { content: { [bodyMedia]: { schema: schemas.of(body, 'input') } } },
    }),
    responses: { ...Object.fromEntries(responses), default: problem },
  }
}

function responseOf({ description, schema, media }: Answer, schemas: Schemas): Described {
  if (media === undefined && schema === undefined) return { description }
  // One line or one event of such an answer cannot be expressed, only described.
  const content = media === undefined && schema ? { schema: schemas.of(schema, 'output') } : {}
  return { description, content: { [media ?? 'application/json']: content } }
}

/** The parameters of an endpoint in its path and query. */
export function parametersOf({ params, query }: Endpoint): readonly Parameter[] {
  return [...membersOf(params, 'path'), ...membersOf(query, 'query')]
}

/** Each member of an object schema is one parameter. */
function membersOf(schema: z.ZodType | undefined, place: 'path' | 'query'): readonly Parameter[] {
  if (schema === undefined) return []
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: 'input' })
  return Object.entries(properties).map(([name, ofName]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: ofName,
  }))
}

/** JSON Schemas. Those with an id of their own become components. */
class Schemas {
  readonly components: Record<string, unknown> = {}

  /** `input`: what a client may send. `output`: what the store sends. */
  of(schema: z.ZodType, io: 'input' | 'output'): Json {
    const { $schema: _dialect, $defs = {}, ...rest } = z.toJSONSchema(schema, { io })
    for (const [id, definition] of Object.entries($defs)) {
      this.components[id] = withComponents(definition)
    }
    return withComponents(rest)
  }
}

/** A copy whose references lead to the components of the document. */
function withComponents(schema: object): Json {
  // The copy has the shape of the schema.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return JSON.parse(JSON.stringify(schema), (key, value: unknown) =>
    key === '$ref' && typeof value === 'string'
      ? value.replace('#/$defs/', '#/components/schemas/')
      : value,
  ) as Json
}
