import { readFileSync } from 'node:fs'

/** From the sources and a compiled copy of them, and from the installed package. */
const MANIFESTS = ['../package.json', '../../package.json']

/** Version of the package. */
export const VERSION = readVersion()

function readVersion(): string {
  for (const path of MANIFESTS) {
    try {
      const manifest: unknown = JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'))
      const isOwn =
        typeof manifest === 'object' &&
        manifest !== null &&
        'name' in manifest &&
        manifest.name === 'content-store-sse'
      if (isOwn && 'version' in manifest) return String(manifest.version)
    } catch {
      // The package is elsewhere.
    }
  }
  return 'unknown'
}
