import { createRequire } from 'node:module'

/** The package, whose name leads to its manifest from the sources and from `dist/`. */
const manifest: { readonly version: string } = createRequire(import.meta.url)(
  'content-store-sse/package.json',
)

/** Version of the package. */
export const VERSION = manifest.version
