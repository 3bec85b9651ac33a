import { ProxyError } from '../errors.ts'

export type Step = string | number

/** A value that replaces the one in the file. */
export interface Definition {
  /** Where it comes from, for messages: `-Ddw.proxy.workers`, `DW_PROXY_WORKERS`. */
  readonly origin: string
  readonly path: readonly Step[]
  readonly value: string
  /** Whether messages must not repeat the value. */
  readonly isSecret: boolean
}

const FLAG = /^-Ddw\.([^=]{1,1000})=(.*)$/s

/** Reads `-Ddw.server.applicationConnectors[0].port=9080`. Throws `usage`. */
export function readFlagDefinition(arg: string): Definition {
  const [, key = '', value = ''] = FLAG.exec(arg) ?? []
  const path = pathOf(key)
  if (path === undefined) {
    const message = `${originOf(arg)}: expected -Ddw.KEY=VALUE, such as -Ddw.server.applicationConnectors[0].port=9080`
    throw new ProxyError('usage', message)
  }
  return { origin: originOf(arg), path, value, isSecret: false }
}

/** The name of a flag without its value, which may be a secret. */
function originOf(arg: string): string {
  const equals = arg.indexOf('=')
  const name = equals === -1 ? arg : arg.slice(0, equals)
  return JSON.stringify(name.slice(0, 200)).slice(1, -1)
}

/** `a.b[0].c\.d` as its keys and indices; undefined = not such a path. */
function pathOf(key: string): readonly Step[] | undefined {
  const path: Step[] = []
  const parts = key.match(/(?:\\.|[^.\\])+/gs) ?? []
  for (const part of parts) {
    const bracket = part.indexOf('[')
    const name = (bracket === -1 ? part : part.slice(0, bracket)).replaceAll('\\.', '.')
    const indices = bracket === -1 ? '' : part.slice(bracket)
    if (name === '' || name === '__proto__' || !/^(?:\[[0-9]{1,4}\])*$/.test(indices))
      return undefined
    path.push(name, ...(indices.match(/[0-9]+/g) ?? []).map(Number))
  }
  return path.length === 0 ? undefined : path
}
