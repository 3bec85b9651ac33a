import { cpSync, existsSync, mkdirSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'

import { execa } from 'execa'

import { downloadEnvironment } from '../test-run/download-environment.ts'
import type { Stage } from './dockerfile.ts'

/**
 * Does what a container engine does with stages, without one: each stage is a folder that stands
 * for its file system, `COPY` copies, and `RUN` runs in the working directory. The images below the
 * stages are this machine, so what they contain is not tried.
 */
export class StageFolders {
  readonly #root: string
  readonly #context: string
  readonly #workdirs = new Map<string, string>()

  /** `context` is the folder that is sent to the engine; the stages are made below `root`. */
  constructor(root: string, context: string) {
    this.#root = root
    this.#context = context
  }

  folderOf(stage: string): string {
    return join(this.#root, stage)
  }

  /** Where the command of a built stage starts. */
  workdirOf(stage: string): string {
    return join(this.folderOf(stage), this.#workdirs.get(stage) ?? '/')
  }

  /** Builds a stage whose base is built. Throws with the output of a command that fails. */
  async build({ name, base, instructions }: Stage): Promise<void> {
    mkdirSync(this.folderOf(name), { recursive: true })
    if (existsSync(this.folderOf(base))) {
      cpSync(this.folderOf(base), this.folderOf(name), { recursive: true, verbatimSymlinks: true })
      this.#workdirs.set(name, this.#workdirs.get(base) ?? '/')
    }
    for (const instruction of instructions) {
      if (instruction.name === 'WORKDIR') this.#workdirs.set(name, instruction.text)
      mkdirSync(this.workdirOf(name), { recursive: true })
      if (instruction.name === 'COPY') this.#copy(name, instruction.words)
      if (instruction.name === 'RUN') {
        await execa('sh', ['-c', instruction.text], {
          cwd: this.workdirOf(name),
          env: downloadEnvironment(),
          all: true,
        })
      }
    }
  }

  #copy(stage: string, words: readonly string[]): void {
    const from = words.find((word) => word.startsWith('--from='))?.slice('--from='.length)
    const paths = words.filter((word) => !word.startsWith('--'))
    const target = paths.at(-1) ?? ''
    const to = target.startsWith('/')
      ? join(this.folderOf(stage), target)
      : join(this.workdirOf(stage), target)
    for (const path of paths.slice(0, -1)) {
      const source = join(from === undefined ? this.#context : this.folderOf(from), path)
      const isIntoFolder = target.endsWith('/') && !statSync(source).isDirectory()
      cpSync(source, isIntoFolder ? join(to, basename(path)) : to, {
        recursive: true,
        verbatimSymlinks: true,
      })
    }
  }
}
