import type { z } from 'zod'

import { DEFAULT_HOST } from './config.ts'

/** Node or the proxy writes these: they frame the request, which has no body. */
const FRAMING_FIELDS = new Set([
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** Each field can be sent, and no other line of the block takes it back. */
export function refuseUnsendableFields(
  fields: Readonly<Record<string, string>>,
  context: z.RefinementCtx,
): void {
  const seen = new Set<string>()
  const refuse = (name: string, message: string): void =>
    context.addIssue({ code: 'custom', path: [name], message })
  for (const [name, value] of Object.entries(fields)) {
    const lower = name.toLowerCase()
    if (FRAMING_FIELDS.has(lower)) refuse(name, 'a header field that does not frame the request')
    if (seen.has(lower)) refuse(name, 'a header field that does not stand here twice')
    // Node would send its own.
    if (lower === 'host' && value.trim() === '') refuse(name, 'a host')
    seen.add(lower)
  }
}

interface ServerBlock {
  readonly applicationConnectors: readonly ConnectorBlock[]
  readonly adminConnectors: readonly ConnectorBlock[]
}

interface ConnectorBlock {
  readonly port: number
  readonly bindHost?: string | undefined
}

/** No two connectors listen at one place; port 0 is another one each time. */
export function refusePortsInUse(
  { server: { applicationConnectors, adminConnectors } }: { readonly server: ServerBlock },
  context: z.RefinementCtx,
): void {
  const hostsByPort = new Map<number, string[]>()
  for (const [list, entries] of Object.entries({ applicationConnectors, adminConnectors })) {
    for (const [index, { port, bindHost = DEFAULT_HOST }] of entries.entries()) {
      if (port === 0) continue
      const hosts = hostsByPort.get(port) ?? []
      if (hosts.some((host) => overlap(host, bindHost))) {
        const message = 'a port that no other connector has'
        context.addIssue({ code: 'custom', path: ['server', list, index, 'port'], message })
      }
      hostsByPort.set(port, [...hosts, bindHost])
    }
  }
}

/** Whether two listeners would want one address; `::` takes those of IPv4 too. */
function overlap(one: string, other: string): boolean {
  const hosts = [one, other]
  if (one === other || hosts.includes('::')) return true
  return hosts.includes('0.0.0.0') && hosts.every((host) => !host.includes(':'))
}
