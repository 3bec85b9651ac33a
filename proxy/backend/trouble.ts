import { ProxyError } from '../errors.ts'

const MAX_MESSAGE_LENGTH = 500
const MAX_LOCATION_LENGTH = 200

/** An error that the next attempt may not have. */
export function lost(message: string, cause?: Error): ProxyError {
  return new ProxyError('back-end-lost', message.slice(0, MAX_MESSAGE_LENGTH), { cause })
}

/** An error that lasts until an operator changes the configuration or the back end. */
export function refused(message: string): ProxyError {
  return new ProxyError('back-end-refused', message.slice(0, MAX_MESSAGE_LENGTH))
}

/**
 * Why a connection failed. A name with several addresses gets the reason of each address. `peer` =
 * what was connected to instead of the back end.
 */
export function connectionTrouble(error: Error, peer?: string): ProxyError {
  if (error instanceof ProxyError) return error
  const reasons =
    error instanceof AggregateError
      ? error.errors.map((each) => (each instanceof Error ? each.message : String(each)))
      : []
  const message = [...new Set([error.message, ...reasons])].filter((reason) => reason !== '')
  const reason = message.length === 0 ? error.name : message.join('; ')
  const text = peer === undefined ? reason : `${peer}: ${reason}`
  return lost(isUntrusted(error) ? `${text.replace(NODE_HINT, '')}${HINT}` : text, error)
}

/** Codes of OpenSSL for a certificate whose authority is not known. */
const UNTRUSTED = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
])

/** What Node adds to the reason from version 22 on. */
const NODE_HINT = /; if the root CA is installed locally[^;]*/
const HINT = ': name its authority in backends[].tls.trustStorePath or in NODE_EXTRA_CA_CERTS'

function isUntrusted(error: Error): boolean {
  return 'code' in error && UNTRUSTED.has(String(error.code))
}

/** A URL for logs and messages, without its query, which may contain secrets. */
export function locationOf({ origin, pathname }: URL): string {
  return `${origin}${pathname}`.slice(0, MAX_LOCATION_LENGTH)
}
