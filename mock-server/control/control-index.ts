import type { Endpoint } from './endpoint.ts'

/** Where everything is in the control API. */
export interface ControlIndex {
  readonly name: 'Mock Content Store'
  /** Setting `label`: which store this is. */
  readonly label: string
  /** Setting `randomSeed`: what is random repeats with it. */
  readonly randomSeed: number
  readonly links: readonly {
    readonly method: string
    /** With parameters as in OpenAPI. */
    readonly href: string
    readonly summary: string
  }[]
}

export function controlIndex(
  endpoints: readonly Endpoint[],
  store: Pick<ControlIndex, 'label' | 'randomSeed'>,
  basePath: string,
): ControlIndex {
  const links = endpoints.map(({ method, path, summary }) => {
    return { method, href: path === '/' ? basePath : basePath + path, summary }
  })
  return { name: 'Mock Content Store', ...store, links }
}
