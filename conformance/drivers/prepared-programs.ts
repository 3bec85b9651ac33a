import { execa } from 'execa'
import { onExit } from 'signal-exit'

import { fillTemplate } from './fill-template.ts'
import type { ProgramSettings } from './target-file.ts'
import { TemporaryFolder } from './temporary-folder.ts'

const PREPARED_WITHIN_MS = 300_000
const KILLED_WITHIN_MS = 200

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
    const folder = new TemporaryFolder('conformance-build-')
    const buildDir = folder.path
    try {
      for (const { prepare = [], cwd } of this.#programs) {
        const command = prepare.map((part) => fillTemplate(part, { buildDir }))
        await run(command, cwd)
      }
    } catch (error) {
      folder.remove()
      throw error
    }
    return buildDir
  }
}

/**
 * Rejects with the output of a command that failed. What it has started ends with it, and with this
 * process: otherwise a compiler would go on writing into a folder that was removed.
 */
async function run([command = '', ...args]: readonly string[], cwd: string): Promise<void> {
  const program = execa(command, args, {
    cwd,
    stdin: 'ignore',
    all: true,
    reject: false,
    timeout: PREPARED_WITHIN_MS,
    // A process group of its own, so that all of it can be killed.
    detached: true,
  })
  const forget = onExit(() => {
    killGroup(program.pid)
    // SIGKILL takes effect when the killed process gets a processor, and until then it may write.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, KILLED_WITHIN_MS)
  })
  // A process that it leaves behind would hold its output open, and the result would wait for that.
  program.once('exit', () => killGroup(program.pid))
  const { failed, shortMessage, all } = await program
  forget()
  if (failed) throw new Error(`prepare: ${shortMessage}\n${all}`.trim())
}

function killGroup(leader: number | undefined): void {
  try {
    if (leader !== undefined) process.kill(-leader, 'SIGKILL')
  } catch {
    // It has ended.
  }
}
