/**
 * The environment of programs that download packages: the certificates that the user's Node trusts,
 * for example those of a company's proxy.
 */
export const DOWNLOAD_ENVIRONMENT = {
  NODE_EXTRA_CA_CERTS: process.env['DOWNLOAD_CA_CERTS'] ?? '',
}
