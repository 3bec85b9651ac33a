import { isSeq, Scalar } from 'yaml'
import { z } from 'zod'

import type { Definition, Step } from './flag-definition.ts'
import { nearestName } from './nearest-name.ts'
import { innerSchema, schemaAt } from './schema-path.ts'
import type { YamlText } from './yaml-document.ts'

/** A definition that cannot be put into the file. */
interface DefinitionFault {
  readonly origin: string
  readonly message: string
}

const PREFIX = 'DW_'

/**
 * The variables `DW_…` of the environment: the keys of a path in any letter case with `_` between
 * them, such as `DW_SERVER_APPLICATIONCONNECTORS_0_PORT`. A name that leads to no key gets a warning
 * and has no effect, because other programs may use it.
 */
export function readVariableDefinitions(
  environment: Readonly<Record<string, string | undefined>>,
  schema: z.ZodType,
  isUsed: (name: string) => boolean,
): { readonly definitions: readonly Definition[]; readonly warnings: readonly string[] } {
  const definitions: Definition[] = []
  const warnings: string[] = []
  for (const [name, value] of Object.entries(environment)) {
    if (!name.startsWith(PREFIX) || value === undefined) continue
    const path = pathInSchema(name.slice(PREFIX.length).split('_'), schema)
    if (Array.isArray(path)) definitions.push({ origin: name, path, value, isSecret: true })
    else if (!isUsed(name)) {
      const near =
        typeof path === 'string' ? `; did you mean ${name.replace(/_[^_]*$/, '')}_${path}?` : ''
      warnings.push(
        `the environment variable ${name} names no key of the file and has no effect${near}`,
      )
    }
  }
  return { definitions, warnings }
}

/**
 * Puts the values into a parsed file. Returns the nodes with the origin of each, and the definitions
 * that do not fit the file.
 */
export function define(
  { document }: YamlText,
  definitions: readonly Definition[],
  schema: z.ZodType,
): {
  readonly origins: ReadonlyMap<unknown, Definition>
  readonly faults: readonly DefinitionFault[]
} {
  const origins = new Map<unknown, Definition>()
  const faults: DefinitionFault[] = []
  for (const definition of definitions) {
    const { origin, path, value } = definition
    const index = path.findIndex(
      (step, at) => typeof step === 'number' && step > lengthOf(path.slice(0, at)),
    )
    if (index !== -1) {
      const list = path.slice(0, index)
      const message =
        `${textOf(list)} has no item ${path[index]}: ` +
        `expected at most ${lengthOf(list)}, which adds one`
      faults.push({ origin, message })
      continue
    }
    const isList = innerSchema(schemaAt(schema, path)) instanceof z.ZodArray
    const scalars = isList ? itemsOf(value).map((item) => new Scalar(item)) : [new Scalar(value)]
    for (const scalar of scalars) origins.set(scalar, definition)
    try {
      document.setIn(path, isList ? document.createNode(scalars) : scalars[0])
    } catch {
      faults.push({ origin, message: `${textOf(path)} is not within a block of the file` })
    }
  }
  return { origins, faults }

  function lengthOf(path: readonly Step[]): number {
    const list = document.getIn(path, true)
    return isSeq(list) ? list.items.length : 0
  }
}

/** The path of a variable's name; a key that is similar; undefined = nothing is similar. */
function pathInSchema(parts: readonly string[], root: z.ZodType): Step[] | string | undefined {
  const path: Step[] = []
  let schema = innerSchema(root)
  for (const [index, part] of parts.entries()) {
    if (schema instanceof z.ZodArray && /^[0-9]{1,4}$/.test(part)) {
      path.push(Number(part))
    } else if (schema instanceof z.ZodObject) {
      const keys = Object.keys(schema.shape)
      const key = keys.find((name) => name.toLowerCase() === part.toLowerCase())
      if (key === undefined) {
        return nearestName(
          part.toUpperCase(),
          keys.map((name) => name.toUpperCase()),
        )
      }
      path.push(key)
    } else if (schema instanceof z.ZodRecord) {
      return [...path, parts.slice(index).join('_')]
    } else {
      return undefined
    }
    schema = innerSchema(schemaAt(root, path))
  }
  return path
}

/** Items of a list with commas between them; `\,` is a comma of an item. */
function itemsOf(value: string): readonly string[] {
  return (value.match(/(?:\\.|[^,\\])+/gs) ?? []).map((item) => item.replaceAll('\\,', ',').trim())
}

/** `server.applicationConnectors[0].port` */
function textOf(path: readonly Step[]): string {
  return path
    .map((step, index) =>
      typeof step === 'number' ? `[${step}]` : (index === 0 ? '' : '.') + step,
    )
    .join('')
}
