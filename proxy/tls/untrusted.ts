/** Codes of OpenSSL for a certificate whose authority is not known. */
const UNTRUSTED = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
])

/** What Node adds to the reason from version 22 on. */
export const NODE_HINT = /; if the root CA is installed locally[^;]*/

/** Whether a connection failed because the authority of the certificate is not known. */
export function isUntrusted(error: unknown): boolean {
  return error instanceof Error && 'code' in error && UNTRUSTED.has(String(error.code))
}
