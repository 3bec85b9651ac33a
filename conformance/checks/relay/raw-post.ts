import type { RawClient } from '../../client/raw-client.ts'
import type { OriginExchange } from '../../origin/origin-exchange.ts'
import type { Rig } from '../../rig/rig.ts'

/** A POST whose bytes a check writes itself. */
export interface RawPost {
  readonly client: RawClient
  /** Part of its target that identifies it at the back end. */
  readonly token: string
  /** The request at the back end; undefined until all of it has arrived. */
  readonly arrived: () => OriginExchange | undefined
}

/** Sends the head of a POST with these field lines, and the content so far, as latin1. */
export function rawPost(t: Rig, lines: readonly string[], content = ''): RawPost {
  const token = t.token()
  const { host } = new URL(t.frontUrl)
  const head = [`POST ${t.pathOf(token)} HTTP/1.1`, `Host: ${host}`, ...lines].join('\r\n')
  const raw = Buffer.from(`${head}\r\n\r\n${content}`, 'latin1')
  return {
    client: t.connect({ method: 'POST', raw }),
    token,
    arrived: () => t.backend.requests.find(({ request }) => request.target.includes(token)),
  }
}
