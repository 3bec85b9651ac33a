import type { z } from 'zod'

import { type Mistake, mistakeAt, type Source } from './mistakes.ts'
import type { ConfigFile } from './schema.ts'
import { adminContextPathOf, serverConnectors } from './server-connectors.ts'

const LISTS = ['applicationConnectors', 'adminConnectors'] as const

/** Keys of the other type of server would be ignored silently. */
export function refuseForeignServerKeys(file: ConfigFile, context: z.RefinementCtx): void {
  const { type, connector } = file.server
  const refuse = (key: string, message: string): void =>
    context.addIssue({ code: 'custom', path: ['server', key], message })
  if (type === 'default' && connector !== undefined) {
    refuse('connector', `type: simple, or ${LISTS.join(' and ')} instead`)
  }
  if (type === 'simple' && adminContextPathOf(file) === '') {
    refuse('adminContextPath', 'another path than /, which is that of the stream')
  }
}

/** As above, for keys that have a default: what the file says is in its text only. */
export function keysWithoutMeaning(file: ConfigFile, source: Source): readonly Mistake[] {
  return [...foreignConnectorLists(file, source), ...hostsOfSockets(file, source)]
}

function hostsOfSockets(file: ConfigFile, source: Source): readonly Mistake[] {
  const { application, admin } = serverConnectors(file)
  const sockets = [...application, ...admin].filter(
    ({ connector }) => connector.type === 'unix-socket',
  )
  return sockets.flatMap(({ path }) => {
    const place = [...path, 'bindHost']
    if (!source.document.hasIn(place)) return []
    const message = 'no such key for a connector of type unix-socket, which has a path'
    return [mistakeAt(place, message, source)]
  })
}

function foreignConnectorLists({ server }: ConfigFile, source: Source): readonly Mistake[] {
  if (server.type !== 'simple') return []
  const given = LISTS.filter((list) => source.document.hasIn(['server', list]))
  return given.map((list) => {
    const message = 'no such key for a server of type simple, which has one connector: connector'
    return mistakeAt(['server', list], message, source)
  })
}
