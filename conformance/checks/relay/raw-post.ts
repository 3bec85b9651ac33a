import type { Rig } from '../../rig/rig.ts'
import type { Sent } from './arrives.ts'

/** A POST whose bytes a check writes itself. */
export interface RawPost extends Sent {
  /** Part of its target that identifies it at the back end. */
  readonly token: string
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
