import { copyFileSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

import { execa } from 'execa'
import { rolldown } from 'rolldown'
import { z } from 'zod'

/**
 * `npm run build` makes what the package contains: compiles everything into `dist/`, and puts the
 * store, the proxy and the demo, with zod, into a few files. Half of a start went into some 400
 * modules of their own and 90 of zod (bench: start). The source maps lead back to the sources:
 * `node --enable-source-maps`.
 */
const ROOT = fileURLToPath(new URL('..', import.meta.url))
const DIST = join(ROOT, 'dist')
/** Folders of `dist/` whose modules become a few files. */
const BUNDLED = ['mock-server', 'proxy', 'tools']
/** It finds the program of its workers beside itself. */
const AT_ITS_PLACE = 'proxy/embedded'
/** Besides helpers of the compiler. */
const BUNDLED_PACKAGE = 'zod'
const SHARED = 'shared'

const MANIFEST = z.object({
  bin: z.record(z.string(), z.string()),
  exports: z.record(z.string(), z.union([z.string(), z.object({ default: z.string() })])),
  dependencies: z.record(z.string(), z.string()),
  peerDependencies: z.record(z.string(), z.string()),
})
const manifest = MANIFEST.parse(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')))

await execa('tsc', ['-p', 'tsconfig.build.json'], { cwd: ROOT, preferLocal: true, all: true })
rmSync(join(DIST, SHARED), { recursive: true, force: true })
for (const folder of BUNDLED) removeModules(join(DIST, folder))

await using bundle = await rolldown({
  cwd: ROOT,
  input: Object.fromEntries([...offered(), AT_ITS_PLACE].map((name) => [name, `${name}.ts`])),
  platform: 'node',
  external: [/^#/, ...installedPackages()],
  transform: { target: 'node20' },
})
await bundle.write({
  dir: DIST,
  format: 'esm',
  sourcemap: true,
  chunkFileNames: `${SHARED}/[name]-[hash].js`,
})
copyFileSync(
  join(ROOT, `node_modules/${BUNDLED_PACKAGE}/LICENSE`),
  join(DIST, SHARED, `${BUNDLED_PACKAGE}.LICENSE`),
)

/** The types stay beside the bundle, and so does the page, which others may be serving. */
function removeModules(folder: string): void {
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' }))
    if (/\.js(?:\.map)?$/.test(file) && !file.startsWith(`ui${sep}`)) rmSync(join(folder, file))
}

/** What the package offers of those folders, by its path: `mock-server/start` … */
function offered(): readonly string[] {
  const { bin, exports } = manifest
  const modules = Object.values(exports).map((it) => (typeof it === 'string' ? it : it.default))
  return [...Object.values(bin), ...modules]
    .flatMap((path) => /^\.\/dist\/(.+)\.js$/.exec(path)?.[1] ?? [])
    .filter((path) => BUNDLED.some((folder) => path.startsWith(`${folder}/`)))
}

/** Packages that are installed with this one, and so are no part of the bundle. */
function installedPackages(): readonly RegExp[] {
  const { dependencies, peerDependencies } = manifest
  const names = [...Object.keys(dependencies), ...Object.keys(peerDependencies)]
  return names
    .filter((name) => name !== BUNDLED_PACKAGE)
    .map((name) => new RegExp(`^${name}(?:$|/)`))
}
