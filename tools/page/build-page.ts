import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

import { execa } from 'execa'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** Where the store serves the page from. */
const PAGE = join(ROOT, 'dist/mock-server/ui')
/** What is being made. Its folders begin with the process that makes them. */
const STAGING = join(ROOT, '.compiled')

/**
 * Compiles the page of the store into `folder`. A store may be serving it to a browser at the same
 * time: a module changes at once and as a whole, and stays as it is when nothing in it has changed.
 */
export async function buildPage(folder = PAGE): Promise<void> {
  mkdirSync(STAGING, { recursive: true })
  const staged = mkdtempSync(join(STAGING, `${process.pid}-page-`))
  try {
    const args = ['-p', 'mock-server/ui/tsconfig.build.json', '--outDir', staged]
    await execa('tsc', args, { cwd: ROOT, preferLocal: true, all: true })
    mkdirSync(folder, { recursive: true })
    const modules = filesIn(staged)
    for (const path of modules) replace(join(folder, path), join(staged, path))
    for (const path of filesIn(folder)) if (!modules.includes(path)) rmSync(join(folder, path))
  } finally {
    rmSync(staged, { recursive: true })
  }
}

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
}

function replace(file: string, staged: string): void {
  mkdirSync(dirname(file), { recursive: true })
  if (!hasSameBytes(file, staged)) renameSync(staged, file)
}

function hasSameBytes(file: string, other: string): boolean {
  try {
    return readFileSync(file).equals(readFileSync(other))
  } catch {
    return false // There is no such file yet.
  }
}
