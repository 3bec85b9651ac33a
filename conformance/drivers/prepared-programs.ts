import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { execa } from 'execa'

import { fillTemplate } from './fill-template.ts'
import type { ProgramSettings } from './target-file.ts'

const PREPARED_WITHIN_MS = 300_000

/**
 * What the `prepare` commands of programs have built. They run once, before the first start, and
 * their folder `{buildDir}` is removed when this process exits.
 */
export class PreparedPrograms {
  readonly #programs: readonly ProgramSettings[]
  #buildDir: Promise<string> | undefined

  constructor(programs: readonly ProgramSettings[]) {
    this.#programs = programs.filter(({ prepare }) => prepare !== undefined)
  }

  /** Values for templates. Rejects with the output of a command that failed. */
  async values(): Promise<Readonly<Record<string, string>>> {
    if (this.#programs.length === 0) return {}
    this.#buildDir ??= this.#build()
    return { buildDir: await this.#buildDir }
  }

  async #build(): Promise<string> {
    const buildDir = mkdtempSync(join(tmpdir(), 'conformance-build-'))
    process.once('exit', () => rmSync(buildDir, { recursive: true, force: true }))
    for (const { prepare = [], cwd } of this.#programs) {
      const [command = '', ...args] = prepare.map((part) => fillTemplate(part, { buildDir }))
      const { failed, shortMessage, all } = await execa(command, args, {
        cwd,
        stdin: 'ignore',
        all: true,
        reject: false,
        timeout: PREPARED_WITHIN_MS,
      })
      if (failed) throw new Error(`prepare: ${shortMessage}\n${all}`.trim())
    }
    return buildDir
  }
}
