import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { z } from 'zod'

import { MockServerError } from '../errors.ts'
import { codeOf, writeError } from './disk-error.ts'
import { makeFolder } from './make-folder.ts'

/**
 * A process, and when it began, since ids of processes are given again. Null where the system does
 * not tell.
 */
const OWNER = z.object({ pid: z.int().min(1), began: z.string().nullable() })
type Owner = z.infer<typeof OWNER>

/** Keeps other processes out of a folder. What a killed process left is taken over. */
export class FolderLock {
  readonly #path: string

  /** Creates the folder. Throws `cannot-write`, also while another process has the folder. */
  constructor(folder: string) {
    this.#path = join(folder, 'lock')
    const own = `${this.#path}.${process.pid}`
    try {
      makeFolder(folder, 0o700)
      writeFileSync(own, JSON.stringify(ownerOf(process.pid)), { mode: 0o600 })
    } catch (error) {
      throw writeError(folder, error)
    }
    try {
      if (!this.#take(own)) {
        this.#removeStale(folder)
        if (!this.#take(own)) throw inUse(folder, this.#read())
      }
    } finally {
      rmSync(own, { force: true })
    }
  }

  release(): void {
    rmSync(this.#path, { force: true })
  }

  /** A link is made by one process only. */
  #take(own: string): boolean {
    try {
      linkSync(own, this.#path)
      return true
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false
      throw writeError(this.#path, error)
    }
  }

  #removeStale(folder: string): void {
    const text = this.#read()
    if (text === undefined) return
    if (isAlive(parseOwner(text))) throw inUse(folder, text)
    // Another process may have taken it over in between: its lock is given back.
    const aside = `${this.#path}.stale.${process.pid}`
    try {
      renameSync(this.#path, aside)
    } catch {
      return
    }
    if (readFileSync(aside, 'utf8') === text) rmSync(aside, { force: true })
    else renameSync(aside, this.#path)
  }

  #read(): string | undefined {
    try {
      return readFileSync(this.#path, 'utf8')
    } catch {
      return undefined
    }
  }
}

function inUse(folder: string, text: string | undefined): MockServerError {
  const who = `process ${parseOwner(text ?? '')?.pid ?? 'unknown'}`
  return new MockServerError(
    'cannot-write',
    `dataDir: ${folder} is in use by ${who}; stop it, or choose another folder`,
  )
}

function parseOwner(text: string): Owner | undefined {
  try {
    return OWNER.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}

function isAlive(owner: Owner | undefined): boolean {
  if (owner === undefined) return false
  try {
    process.kill(owner.pid, 0)
  } catch (error) {
    // Of another user, and so alive.
    if (codeOf(error) !== 'EPERM') return false
  }
  const { began } = ownerOf(owner.pid)
  return began === null || owner.began === null || began === owner.began
}

/** Linux tells the boot, and the time since then at which a process began. */
function ownerOf(pid: number): Owner {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name of the program is in brackets, and may hold anything.
    const began = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
    return { pid, began: began === undefined ? null : `${boot} ${began}` }
  } catch {
    return { pid, began: null }
  }
}
