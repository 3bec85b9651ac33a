import {
  chmodSync,
  copyFileSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createHash } from 'node:crypto'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { execa } from 'execa'

import { type BundledPackage, bundleProxy } from './bundle-proxy.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const HERE = join(ROOT, 'packaging/debian')
const UNITS = join(ROOT, 'packaging/systemd')
const DOCS = 'usr/share/doc/sse-proxy'

/** Files that the administrator edits: an upgrade keeps what was changed. */
const CONFIGURATION = {
  'etc/sse-proxy/sse-proxy.yaml': 'sse-proxy.yaml',
  'etc/default/sse-proxy': 'default',
} as const
const PAGES = ['docs/operations.md', 'docs/migration.md', 'CHANGELOG.md'] as const
const SCRIPTS = ['postinst', 'prerm', 'postrm'] as const
const PROGRAMS: ReadonlySet<string> = new Set([
  'usr/lib/sse-proxy/main.js',
  ...SCRIPTS.map((script) => `DEBIAN/${script}`),
])

export interface DebianPackageOptions {
  readonly version: string
  /** Time of all files, in seconds: SOURCE_DATE_EPOCH. */
  readonly epoch: number
  /** Where the package is written; must exist. */
  readonly folder: string
}

/**
 * Builds the Debian package of the proxy. Returns its path. It needs dpkg-deb and no rights. The
 * same sources and options give the same bytes.
 */
export async function buildDebianPackage(options: DebianPackageOptions): Promise<string> {
  const { version, epoch, folder } = options
  const tree = join(folder, `sse-proxy-${version}`)
  rmSync(tree, { recursive: true, force: true })
  await stage(tree, version)
  const files = filesIn(tree)
  writeControl(tree, version, files)
  makeUniform(tree, epoch)
  const deb = join(folder, `sse-proxy_${version}_all.deb`)
  // With more than one thread, the bytes depend on the machine.
  const flags = ['--root-owner-group', '-Zxz', '--threads-max=1', '--build']
  await execa('dpkg-deb', [...flags, tree, deb], {
    env: { SOURCE_DATE_EPOCH: String(epoch) },
  })
  rmSync(tree, { recursive: true })
  return deb
}

/** Puts all files where the system will have them. */
async function stage(tree: string, version: string): Promise<void> {
  const library = join(tree, 'usr/lib/sse-proxy')
  const packages = await bundleProxy(library)
  const manifest = {
    name: 'content-store-sse',
    version,
    type: 'module',
    exports: { './package.json': './package.json' },
  }
  write(join(library, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`)
  mkdirSync(join(tree, 'usr/bin'), { recursive: true })
  symlinkSync('../lib/sse-proxy/main.js', join(tree, 'usr/bin/sse-proxy'))
  for (const unit of readdirSync(UNITS).filter((name) => /\.(service|socket)$/.test(name))) {
    copy(join(UNITS, unit), join(tree, 'usr/lib/systemd/system', unit))
  }
  for (const [path, source] of Object.entries(CONFIGURATION)) {
    copy(join(HERE, source), join(tree, path))
  }
  for (const page of PAGES) {
    copy(join(ROOT, page), join(tree, DOCS, page.replace('docs/', '')))
  }
  write(join(tree, DOCS, 'copyright'), copyright(packages))
}

function writeControl(tree: string, version: string, files: readonly string[]): void {
  const sizes = files.map((file) => Math.ceil(lstatSync(join(tree, file)).size / 1024))
  const kibibytes = sizes.reduce((sum, size) => sum + size, 0)
  const control = readFileSync(join(HERE, 'control'), 'utf8')
  const fields = `Version: ${version}\nInstalled-Size: ${kibibytes}\n`
  write(join(tree, 'DEBIAN/control'), control.replace('Architecture:', `${fields}Architecture:`))
  const conffiles = Object.keys(CONFIGURATION).map((path) => `/${path}\n`)
  write(join(tree, 'DEBIAN/conffiles'), conffiles.join(''))
  const sums = files
    .filter((file) => !(file in CONFIGURATION) && lstatSync(join(tree, file)).isFile())
    .map((file) => `${md5Of(join(tree, file))}  ${file}\n`)
  write(join(tree, 'DEBIAN/md5sums'), sums.join(''))
  for (const script of SCRIPTS) copy(join(HERE, script), join(tree, 'DEBIAN', script))
}

/** The licence of the proxy, and of each package that is a part of its files. */
function copyright(packages: readonly BundledPackage[]): string {
  const own = readFileSync(join(ROOT, 'LICENSE'), 'utf8')
  const others = packages.map(
    ({ name, version, license }) => `\n--- ${name} ${version}\n\n${license.trim()}\n`,
  )
  return `${own}\nThe files in /usr/lib/sse-proxy contain parts of these packages:\n${others.join('')}`
}

/** Gives files the modes and times that they have on every machine, whatever its umask and clock. */
function makeUniform(tree: string, epoch: number): void {
  for (const path of filesIn(tree)) {
    const file = join(tree, path)
    if (lstatSync(file).isFile()) chmodSync(file, PROGRAMS.has(path) ? 0o755 : 0o644)
    lutimesSync(file, epoch, epoch)
  }
  for (const path of foldersIn(tree)) {
    chmodSync(join(tree, path), 0o755)
    lutimesSync(join(tree, path), epoch, epoch)
  }
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

function copy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true })
  copyFileSync(from, to)
}

function md5Of(path: string): string {
  return createHash('md5').update(readFileSync(path)).digest('hex')
}

/** Paths of files and links below a folder, sorted. */
function filesIn(folder: string): readonly string[] {
  return entriesIn(folder, false)
}

/** Paths of folders below a folder, and itself as `.`. */
function foldersIn(folder: string): readonly string[] {
  return ['.', ...entriesIn(folder, true)]
}

function entriesIn(folder: string, areFolders: boolean): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => lstatSync(join(folder, path)).isDirectory() === areFolders)
    .toSorted()
}
