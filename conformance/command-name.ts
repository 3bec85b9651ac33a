import { fileURLToPath } from 'node:url'

/** How users start the suite: by the program of the installed package, or from its repository. */
export const COMMAND = commandOf(fileURLToPath(import.meta.url))

/** The same, for a suite whose files are at `path`. */
export function commandOf(path: string): string {
  return isInstalled(path) ? 'npx sse-conformance' : 'npm run conformance --'
}

/**
 * The target that is judged when none is given: our own proxy, from its sources. The installed
 * package has no sources, and its users have a proxy of their own, so it has no default.
 */
export const DEFAULT_TARGET = defaultTargetOf(fileURLToPath(import.meta.url))

export function defaultTargetOf(path: string): string | undefined {
  return isInstalled(path) ? undefined : 'conformance/targets/sse-proxy.yaml'
}

function isInstalled(path: string): boolean {
  return path.split(/[\\/]/).includes('node_modules')
}
