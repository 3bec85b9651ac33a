import { z } from 'zod'

/** Fields that frame the request, which has no body. Node or the proxy writes them. */
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

/** Refuses fields that cannot be sent, and fields that are given twice. */
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
    if (seen.has(lower)) refuse(name, 'a header field that is not given twice')
    // Node would send its own instead.
    if (lower === 'host' && value.trim() === '') refuse(name, 'a host')
    seen.add(lower)
  }
}

/** A private key alone would be ignored silently. */
export function refuseKeyWithoutCertificate(
  { keyPath, keyStorePath }: { readonly keyPath?: unknown; readonly keyStorePath?: unknown },
  context: z.RefinementCtx,
): void {
  if (keyPath === undefined || keyStorePath !== undefined) return
  const message = 'a file with the certificate of the private key'
  context.addIssue({ code: 'custom', path: ['keyStorePath'], message })
}

/** The URL of a back end; refuses one with a login, which every message would repeat. */
export function toBackEndUrl(text: string, context: z.RefinementCtx): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    context.addIssue({ code: 'custom', message: 'a URL that starts with http:// or https://' })
    return z.NEVER
  }
  if (url.username !== '' || url.password !== '') {
    const message = 'a URL without a login, which goes under credentials'
    context.addIssue({ code: 'custom', message, params: { isSecret: true } })
    return z.NEVER
  }
  return url
}
