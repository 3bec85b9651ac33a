export const SCREENS = [
  'studio',
  'log',
  'streams',
  'clients',
  'faults',
  'generator',
  'scenarios',
  'tools',
] as const
export type Screen = (typeof SCREENS)[number]

/** What the page shows; it is in the fragment of the address, so that a link leads there. */
export interface Route {
  readonly screen: Screen
  /** Of what is shown in detail, such as an item. */
  readonly id: string
  readonly query: Readonly<Record<string, string>>
}

/** `#/studio/802?tab=history`. What is not understood shows the first screen. */
export function readRoute(fragment: string): Route {
  const [path = '', query = ''] = fragment.replace(/^#\/?/, '').split('?', 2)
  const [name, id = ''] = path.split('/').map(decoded)
  return {
    screen: SCREENS.find((screen) => screen === name) ?? 'studio',
    id,
    query: Object.fromEntries(new URLSearchParams(query)),
  }
}

export function writeRoute({ screen, id = '', query = {} }: Partial<Route>): string {
  const given = Object.entries(query).filter(([, value]) => value !== '')
  const search = new URLSearchParams(given).toString()
  const path = `#/${screen ?? 'studio'}${id === '' ? '' : `/${encodeURIComponent(id)}`}`
  return search === '' ? path : `${path}?${search}`
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}
