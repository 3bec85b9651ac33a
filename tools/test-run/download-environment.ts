/**
 * The environment of programs that download packages: the certificates that the user's Node trusts,
 * for example those of a company's proxy. `testEnvironment` has kept them.
 */
export function downloadEnvironment(
  environment: Readonly<NodeJS.ProcessEnv> = process.env,
): Record<string, string> {
  return { NODE_EXTRA_CA_CERTS: environment['DOWNLOAD_CA_CERTS'] ?? '' }
}
