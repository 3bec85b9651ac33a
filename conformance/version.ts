import { createRequire } from 'node:module'

import { z } from 'zod'

const MANIFEST = z.object({ version: z.string() })

/** Version of the package, whose name leads to its manifest from the sources and from `dist/`. */
export function packageVersion(): string {
  const require = createRequire(import.meta.url)
  return MANIFEST.parse(require('content-store-sse/package.json')).version
}
