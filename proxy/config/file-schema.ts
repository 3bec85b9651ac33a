import type { z } from 'zod'

import { findCollisions } from './connector.ts'
import { type ConfigFile, fileBlocks } from './schema.ts'

/** The configuration file with the rules between its blocks. */
export const fileSchema = fileBlocks
  .superRefine(refuseAmbiguousIds)
  .superRefine(refuseRepeatedBackEnds)
  .superRefine(refuseTlsWithoutHttps)
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

/** Refuses two connectors that listen on the same address and port. */
function refuseSharedPorts(
  { server: { applicationConnectors, adminConnectors } }: ConfigFile,
  context: z.RefinementCtx,
): void {
  const lists = Object.entries({ applicationConnectors, adminConnectors })
  const connectors = lists.flatMap(([list, entries]) =>
    entries.map(({ type, bindHost: host, port }, index) => ({ type, host, port, list, index })),
  )
  for (const { list, index } of findCollisions(connectors)) {
    const message = 'a port that no other connector has'
    context.addIssue({ code: 'custom', path: ['server', list, index, 'port'], message })
  }
}

/** With the PROXY protocol and without trusted proxies every connection would be closed. */
function refuseUntrustedBalancers(
  { server: { applicationConnectors, adminConnectors }, proxy }: ConfigFile,
  context: z.RefinementCtx,
): void {
  const refuse = (list: string, index: number, message: string): void =>
    context.addIssue({
      code: 'custom',
      path: ['server', list, index, 'useProxyProtocol'],
      message,
    })
  for (const [index, { useProxyProtocol }] of applicationConnectors.entries()) {
    const message = 'false, or the address of the balancer in proxy.trustedProxies'
    if (useProxyProtocol && proxy.trustedProxies.length === 0)
      refuse('applicationConnectors', index, message)
  }
  for (const [index, { useProxyProtocol }] of adminConnectors.entries()) {
    const message = 'false, since the admin port does not read the PROXY protocol'
    if (useProxyProtocol) refuse('adminConnectors', index, message)
  }
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
