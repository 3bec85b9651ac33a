import { copyFileSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

import { execa } from 'execa'
import { rolldown } from 'rolldown'
import { z } from 'zod'

/**
 * `npm run build` makes what the package contains: compiles everything into `dist/`, and puts the
 * store, with zod, into a few files. Half of its start went into some 300 modules of its own and
 * 90 of zod (bench: start). The source maps lead back to the sources: `node --enable-source-maps`.
 */
const ROOT = fileURLToPath(new URL('..', import.meta.url))
const DIST = join(ROOT, 'dist')
const STORE = join(DIST, 'mock-server')
/** Besides helpers of the compiler. */
const BUNDLED = 'zod'

const MANIFEST = z.object({
  bin: z.record(z.string(), z.string()),
  exports: z.record(z.string(), z.union([z.string(), z.object({ default: z.string() })])),
  dependencies: z.record(z.string(), z.string()),
  peerDependencies: z.record(z.string(), z.string()),
})
const manifest = MANIFEST.parse(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')))

await execa('tsc', ['-p', 'tsconfig.build.json'], { cwd: ROOT, preferLocal: true, all: true })
// The types stay beside the bundle, and so does the page, which others may be serving.
for (const file of readdirSync(STORE, { recursive: true, encoding: 'utf8' }))
  if (/\.js(?:\.map)?$/.test(file) && !file.startsWith(`ui${sep}`)) rmSync(join(STORE, file))

await using bundle = await rolldown({
  cwd: ROOT,
  input: Object.fromEntries(storeEntries().map((name) => [name, `mock-server/${name}.ts`])),
  platform: 'node',
  external: [/^#/, ...installedPackages()],
  plugins: [{ name: 'demo-stays-outside', resolveId: toolBeside }],
  transform: { target: 'node20' },
})
await bundle.write({ dir: STORE, format: 'esm', sourcemap: true })
copyFileSync(join(ROOT, `node_modules/${BUNDLED}/LICENSE`), join(STORE, `${BUNDLED}.LICENSE`))

/** What the package offers of the store, by its path: `main`, `start` … */
function storeEntries(): readonly string[] {
  const { bin, exports } = manifest
  const offered = Object.values(exports).map((it) => (typeof it === 'string' ? it : it.default))
  return [...Object.values(bin), ...offered].flatMap(
    (path) => /^\.\/dist\/mock-server\/(.+)\.js$/.exec(path)?.[1] ?? [],
  )
}

/** The demo starts programs by their place in `dist/`, so it stays there as compiled. */
function toolBeside(source: string): { readonly id: string; readonly external: true } | undefined {
  if (!source.startsWith('../tools/')) return undefined
  return { id: source.replace(/\.ts$/, '.js'), external: true }
}

/** Packages that are installed with this one, and so are no part of the bundle. */
function installedPackages(): readonly RegExp[] {
  const { dependencies, peerDependencies } = manifest
  const names = [...Object.keys(dependencies), ...Object.keys(peerDependencies)]
  return names.filter((name) => name !== BUNDLED).map((name) => new RegExp(`^${name}(?:$|/)`))
}
