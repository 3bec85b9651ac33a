import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { execa } from 'execa'
import { z } from 'zod'

import { downloadEnvironment } from '../test-run/download-environment.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const FLAGS = ['--no-audit', '--no-fund', '--ignore-scripts']
const TIMEOUT_MS = 100_000

const manifest = z.object({ devDependencies: z.record(z.string(), z.string()) })
const packed = z.tuple([z.object({ filename: z.string() })])

/** A project that had nothing before the package was installed from its tarball. */
export class InstalledPackage implements AsyncDisposable {
  readonly folder: string
  readonly tarball: string

  private constructor(folder: string, tarball: string) {
    this.folder = folder
    this.tarball = tarball
  }

  /** Packs this repository and installs the tarball, with `tools` in the versions of this repository. */
  static async create(tools: readonly string[]): Promise<InstalledPackage> {
    const folder = await mkdtemp(join(tmpdir(), 'package-'))
    const { stdout } = await execa('npm', ['pack', '--json', '--pack-destination', folder], {
      cwd: ROOT,
    })
    const [{ filename }] = packed.parse(JSON.parse(stdout.slice(stdout.indexOf('['))))
    const { devDependencies } = manifest.parse(
      JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')),
    )
    const wanted = tools.map((name) => `${name}@${devDependencies[name]}`)
    await writeFile(join(folder, 'package.json'), '{"type": "module", "private": true}')
    await execa('npm', ['install', ...FLAGS, `./${filename}`, ...wanted], {
      cwd: folder,
      env: downloadEnvironment(),
    })
    return new InstalledPackage(folder, join(folder, filename))
  }

  async write(file: string, text: string): Promise<void> {
    await writeFile(join(this.folder, file), text)
  }

  /** Runs a program of the project, or one that is in the PATH, to its end. */
  async run(command: string, ...args: readonly string[]) {
    const options = { preferLocal: true, reject: false, timeout: TIMEOUT_MS } as const
    return await execa(command, args, { cwd: this.folder, ...options })
  }

  /** Runs npm, which may download, to its end. */
  async npm(...args: readonly string[]) {
    const options = { reject: false, timeout: TIMEOUT_MS, env: downloadEnvironment() } as const
    return await execa('npm', args, { cwd: this.folder, ...options })
  }

  /** Starts a program of the project. Its output is not kept. */
  start(command: string, ...args: readonly string[]) {
    const options = { preferLocal: true, reject: false, buffer: false } as const
    return execa(command, args, { cwd: this.folder, timeout: TIMEOUT_MS, ...options })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true })
  }
}

/** Blocks of TypeScript in a page that import the package. */
export async function programsIn(page: string): Promise<readonly string[]> {
  const text = await readFile(join(ROOT, page), 'utf8')
  return [...text.matchAll(/```ts\n([\s\S]*?)```/g)]
    .map(([, program = '']) => program)
    .filter((program) => /from 'content-store-sse/.test(program))
}
