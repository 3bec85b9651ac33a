import type { z } from 'zod'

import { type Mistake, mistakeAt, type Source } from './mistakes.ts'
import type { ConfigFile } from './schema.ts'
import { adminContextPathOf } from './server-connectors.ts'

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

/** As above, for keys that have a default. */
export function foreignConnectorLists({ server }: ConfigFile, source: Source): readonly Mistake[] {
  if (server.type !== 'simple') return []
  const given = LISTS.filter((list) => source.document.hasIn(['server', list]))
  return given.map((list) => {
    const message = 'no such key for a server of type simple, which has one connector: connector'
    return mistakeAt(['server', list], message, source)
  })
}
