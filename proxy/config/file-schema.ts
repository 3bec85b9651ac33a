import type { z } from 'zod'

import { findCollisions } from './connector.ts'
import { socketOf } from './connector-schema.ts'
import { type ConfigFile, fileBlocks } from './schema.ts'
import { type PlacedConnector, serverConnectors } from './server-connectors.ts'
import { refuseForeignServerKeys } from './server-rules.ts'

/** The configuration file with the rules between its blocks. */
export const fileSchema = fileBlocks
  .superRefine(refuseAmbiguousIds)
  .superRefine(refuseRepeatedBackEnds)
  .superRefine(refuseTlsWithoutHttps)
  .superRefine(refuseForeignServerKeys)
  .superRefine(refuseSharedPorts)
  .superRefine(refuseUntrustedBalancers)
  .superRefine(refuseWhatNoRowShares)

/** Ids of several back ends cannot be told apart. */
function refuseAmbiguousIds({ backends, proxy }: ConfigFile, context: z.RefinementCtx): void {
  if (proxy.replay.ids === 'proxy' || backends.length === 1) return
  const message = 'proxy, since ids of several back ends do not go together'
  context.addIssue({ code: 'custom', path: ['proxy', 'replay', 'ids'], message })
}

function refuseRepeatedBackEnds({ backends }: ConfigFile, context: z.RefinementCtx): void {
  const seen = new Set<string>()
  const message = 'a URL that no other back end has, or clients get its events twice'
  for (const [index, { uri }] of backends.entries()) {
    if (seen.has(uri.href)) {
      context.addIssue({ code: 'custom', path: ['backends', index, 'uri'], message })
    }
    seen.add(uri.href)
  }
}

function refuseTlsWithoutHttps({ backends }: ConfigFile, context: z.RefinementCtx): void {
  const message = 'no TLS for a back end whose URL starts with http'
  for (const [index, { uri, tls }] of backends.entries()) {
    if (tls === undefined || uri.protocol === 'https:') continue
    context.addIssue({ code: 'custom', path: ['backends', index, 'tls'], message })
  }
}

/** Refuses two connectors that listen on the same address and port, or at the same file. */
function refuseSharedPorts(file: ConfigFile, context: z.RefinementCtx): void {
  const { application, admin } = serverConnectors(file)
  const connectors = [...application, ...admin].map(({ connector, path }) => {
    const socket = socketOf(connector)
    const { bindHost: host, port = 0 } = connector
    return { host, port, path, ...(socket === undefined ? {} : { socket }) }
  })
  for (const { path, ...place } of findCollisions(connectors)) {
    const key = 'socket' in place ? 'path' : 'port'
    const message = `a ${key} that no other connector has`
    context.addIssue({ code: 'custom', path: [...path, key], message })
  }
}

/** With the PROXY protocol and without trusted proxies every connection would be closed. */
function refuseUntrustedBalancers(file: ConfigFile, context: z.RefinementCtx): void {
  const { application, admin } = serverConnectors(file)
  const refuse = (connectors: readonly PlacedConnector[], message: string): void => {
    for (const { connector, path } of connectors) {
      if (!connector.useProxyProtocol) continue
      context.addIssue({ code: 'custom', path: [...path, 'useProxyProtocol'], message })
    }
  }
  if (file.proxy.trustedProxies.length === 0) {
    refuse(application, 'false, or the address of the balancer in proxy.trustedProxies')
  }
  refuse(admin, 'false, since the admin port does not read the PROXY protocol')
}

/** A row of proxies gives ids of its own, and no proxy of it reads all change logs. */
function refuseWhatNoRowShares({ proxy }: ConfigFile, context: z.RefinementCtx): void {
  const { engine, replay, resync } = proxy
  if (engine === undefined) return
  const refuse = (path: readonly string[], message: string): void =>
    context.addIssue({ code: 'custom', path: ['proxy', ...path], message })
  if (replay.ids === 'upstream') {
    refuse(
      ['replay', 'ids'],
      'proxy, since the proxies of a row (proxy.engine) share ids of their own',
    )
  }
  if (resync.mode === 'changelog') {
    refuse(
      ['resync', 'mode'],
      'announce or off, since a row of proxies (proxy.engine) has no changelog mode',
    )
  }
  if (resync.stateFile !== '') {
    refuse(
      ['resync', 'stateFile'],
      'no file, since a row of proxies (proxy.engine) has its ids in the engine',
    )
  }
}
