import type { ItemState } from '../../content/item/item.ts'
import { transitionsFrom } from '../../content/item/transitions.ts'
import { serviceUrls } from '../../service-urls.ts'
import { NS } from '../names.ts'
import { writeXml } from '../write-xml.ts'
import type { Language } from './state-labels.ts'
import { stateLabel } from './state-labels.ts'

/** The possible transitions of an item in a state: the document behind `vaext:state/@href`. */
export function writeStateDocument(state: ItemState, language: Language, baseUrl: string): string {
  const actions = transitionsFrom(state)
  const described = (name: ItemState | (typeof actions)[number]) => ({
    name,
    'ui:label': stateLabel(name, language),
    'ui:icon': serviceUrls(baseUrl).stateIcon(name),
  })
  return writeXml('state', {
    '@xmlns': NS.state,
    '@xmlns:ui': NS.ui,
    ...described(state),
    actions: { action: actions },
    choices: { choice: actions.map(described) },
  })
}
