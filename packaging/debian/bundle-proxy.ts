import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { rolldown } from 'rolldown'
import { z } from 'zod'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const MANIFEST = z.object({ version: z.string(), license: z.string() })

/** A package of npm that became a part of the bundle. */
export interface BundledPackage {
  readonly name: string
  readonly version: string
  /** Text of its licence. */
  readonly license: string
}

/**
 * Puts the proxy and all that it needs of npm into a few files in `folder`, with `main.js` as the
 * program. Returns the packages of npm in it, by name. The same sources give the same bytes.
 */
export async function bundleProxy(folder: string): Promise<readonly BundledPackage[]> {
  await using bundle = await rolldown({
    cwd: ROOT,
    input: { main: 'proxy/main.ts' },
    platform: 'node',
    // Its own manifest, for the version.
    external: ['content-store-sse/package.json'],
    transform: { target: 'node20' },
  })
  const { output } = await bundle.write({ dir: folder, format: 'esm' })
  const main = join(folder, 'main.js')
  // Policy of Debian: the interpreter of the system, not the first one in PATH.
  writeFileSync(main, readFileSync(main, 'utf8').replace(/^#!.*\n/, '#!/usr/bin/node\n'))
  const modules = output.flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []))
  const names = new Set(
    modules.flatMap((id) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(id)?.[1] ?? []),
  )
  return [...names].toSorted().map(readPackage)
}

function readPackage(name: string): BundledPackage {
  const folder = join(ROOT, 'node_modules', name)
  const { version, license } = MANIFEST.parse(
    JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')),
  )
  const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each))
  const text =
    file === undefined ? `Licence: ${license}\n` : readFileSync(join(folder, file), 'utf8')
  return { name, version, license: text }
}
