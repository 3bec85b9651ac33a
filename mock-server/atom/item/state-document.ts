import type { ItemState } from '../../content/item/item.ts'
import { transitionsFrom } from '../../content/item/transitions.ts'
import { NS } from '../names.ts'
import { writeXml } from '../write-xml.ts'

/** What can be done with an item in a state: the document behind `vaext:state/@href`. */
export function writeStateDocument(state: ItemState): string {
  return writeXml('state', {
    '@xmlns': NS.state,
    '@xmlns:ui': NS.ui,
    '@name': state,
    'ui:label': label(state),
    'ui:icon': state,
    actions: {
      action: transitionsFrom(state).map((name) => ({
        '@name': name,
        'ui:label': label(name),
        'ui:icon': name,
      })),
    },
    choices: {},
  })
}

function label(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1).replaceAll('-', ' ')
}
