import { type Document, isMap, isSeq, type YAMLMap } from 'yaml'

import type { MigratedKey } from './migration.ts'

/** A key that is missing, whose default is another one than in the framework. */
const DEFAULTS = [
  [
    ['server', 'applicationConnectors'],
    'The port of clients is 9080, on 127.0.0.1. In the framework it is 8080, on all addresses.',
  ],
  [
    ['server', 'adminConnectors'],
    'The admin port is 7090, on 127.0.0.1. In the framework it is 8081, on all addresses.',
  ],
] as const

/** The same for a server of type `simple`. */
const SIMPLE_DEFAULTS = [
  [
    ['server', 'connector'],
    'The port is 9080, on 127.0.0.1. In the framework it is 8080, on all addresses.',
  ],
  [
    ['proxy', 'admin', 'tasks'],
    'The tasks of the admin pages are off. In the framework all clients can use them.',
  ],
] as const

const OTHER_DEFAULTS = [
  [
    ['server', 'requestLog'],
    'There is no request log. For that of the framework: { appenders: [{ type: console }] }.',
  ],
  [
    ['logging', 'appenders'],
    'The log is JSON lines on standard error. For that of the framework: [{ type: console }].',
  ],
] as const

const ALL_ADDRESSES =
  'Only programs on this host can connect. In the framework all can: add bindHost: 0.0.0.0 for that.'

const SOCKET_MODE =
  'The user and the group of the proxy can connect. In the framework the umask decides who can.'

/** Keys that the file does not have, and without which this proxy behaves differently. */
export function differencesOf(document: Document): readonly MigratedKey[] {
  const isSimple = document.getIn(['server', 'type']) === 'simple'
  const defaults = [...(isSimple ? SIMPLE_DEFAULTS : DEFAULTS), ...OTHER_DEFAULTS]
  const missing = defaults.filter(([path]) => !document.hasIn(path))
  const connectors = isSimple ? singleOf(document) : listedIn(document)
  const own = connectors.flatMap(([path, connector]): Difference[] => {
    const isSocket = connector.get('type') === 'unix-socket'
    const [key, text] = isSocket ? ['mode', SOCKET_MODE] : ['bindHost', ALL_ADDRESSES]
    return connector.has(key) ? [] : [[[...path, key], text]]
  })
  return [...own, ...missing].map(([path, text]) => {
    return { key: path.join('.'), line: undefined, outcome: 'check', text }
  })
}

type Difference = readonly [path: readonly string[], text: string]
type PlacedMap = readonly [path: readonly string[], connector: YAMLMap]

function singleOf(document: Document): readonly PlacedMap[] {
  const single = document.getIn(['server', 'connector'])
  return isMap(single) ? [[['server', 'connector'], single]] : []
}

function listedIn(document: Document): readonly PlacedMap[] {
  return ['applicationConnectors', 'adminConnectors'].flatMap((list) => {
    const items = document.getIn(['server', list])
    if (!isSeq(items)) return []
    return items.items.flatMap((item, index): PlacedMap[] =>
      isMap(item) ? [[['server', `${list}[${index}]`], item]] : [],
    )
  })
}
