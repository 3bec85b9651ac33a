import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { onExit } from 'signal-exit'

/**
 * A folder for files of this run. It is removed at the latest when the process ends, also when a
 * signal ends it, except SIGKILL.
 */
export class TemporaryFolder {
  readonly path: string
  readonly #forget: () => void

  /** The name of the folder begins with the prefix. */
  constructor(prefix: string) {
    this.path = mkdtempSync(join(tmpdir(), prefix))
    // Last, after programs that write into it were killed.
    this.#forget = onExit(() => this.#delete(), { alwaysLast: true })
  }

  remove(): void {
    this.#forget()
    this.#delete()
  }

  #delete(): void {
    // A program that is just ending may still write into it.
    rmSync(this.path, { recursive: true, force: true, maxRetries: 3 })
  }
}
