import { z } from 'zod'

/** A host name without scheme and port, as a request's Host is compared. */
export const HOST_NAME = z.string().transform(hostName)

/** In lower case, an IPv6 address without brackets. */
function hostName(value: string, context: z.RefinementCtx): string {
  const bare = value.replace(/^\[(.*)\]$/, '$1')
  const origin = `http://${bare.includes(':') ? `[${bare}]` : bare}/`
  if (/^[\w.:-]+$/.test(bare) && URL.canParse(origin)) {
    const { hostname } = new URL(origin)
    if (hostname !== '') return hostname.replace(/^\[(.*)\]$/, '$1')
  }
  context.addIssue({ code: 'custom', message: 'no host name' })
  return z.NEVER
}

/** The host name of a Host header or of a URL; undefined for an invalid one. */
export function hostNameOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).hostname.replace(/^\[(.*)\]$/, '$1') : undefined
}

export function isLoopback(name: string): boolean {
  return name === 'localhost' || name === '::1' || /^127\.\d+\.\d+\.\d+$/.test(name)
}
