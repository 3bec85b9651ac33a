import { z } from 'zod'

/** One label of a host name, so that a space can be named in a path and in a host alike. */
export const SPACE_NAME = z
  .string()
  .regex(
    /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/,
    'expected 1 to 63 characters of a-z, 0-9 and "-", with no "-" at either end',
  )

const START = '/space/'

/** Where a space is served. */
export function spacePath(name: string): string {
  return START + name
}

/** A request target, cut behind the path of its space. */
export interface SpaceTarget {
  readonly name: string
  /** What the space serves. */
  readonly rest: string
}

/** Undefined for a target outside of all named spaces. */
export function readSpaceTarget(target: string): SpaceTarget | undefined {
  // A request through a forward proxy names the whole URL. [http §7.1]
  const path = target.startsWith('/') ? target : target.replace(/^https?:\/\/[^/?#]*/i, '')
  if (!path.startsWith(START)) return undefined
  const end = /[/?#]/.exec(path.slice(START.length))?.index ?? Infinity
  const name = path.slice(START.length, START.length + end)
  const rest = path.slice(START.length + name.length)
  return { name, rest: rest.startsWith('/') ? rest : `/${rest}` }
}
