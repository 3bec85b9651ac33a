import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'

import { z } from 'zod'

import type { Seed } from '../content/seed.ts'
import { MockServerError } from '../errors.ts'
import { readError, writeError } from './disk-error.ts'
import { makeFolder } from './make-folder.ts'
import { syncFolder } from './sync-folder.ts'
import { writeWholeFile } from './write-whole-file.ts'

const FORMAT = 'mock-content-store space'
const VERSION = 1
/** A folder without this file is that of a space whose creation or deletion was interrupted. */
const DESCRIPTION = 'space.json'

const HEAD = z.object({ format: z.literal(FORMAT), version: z.int() })

/** What makes a space the same one after a restart, beside its content. */
const KEPT_SPACE = z.object({
  createdAt: z.iso.datetime(),
  hosts: z.array(z.string()).readonly(),
  sseEndpoint: z.string(),
  /** Of its own, for resets. A store has written it, as it was. */
  seed: z.custom<Seed>().optional(),
})
export type KeptSpace = z.infer<typeof KEPT_SPACE>

/**
 * The folders of the named spaces, each with its content and its description. A space is kept from
 * the moment at which its description is there, and until that is removed.
 */
export class SpaceFolders {
  readonly #folder: string
  readonly #isFlushed: boolean

  /** `isFlushed`: what is created or deleted is so after a power failure, too. */
  constructor(folder: string, isFlushed: boolean) {
    this.#folder = folder
    this.#isFlushed = isFlushed
  }

  /** The spaces of earlier runs, oldest first. Removes what was interrupted. Throws `bad-data`. */
  load(): readonly (KeptSpace & { readonly name: string })[] {
    const names = this.#names()
    for (const name of names) if (!this.#isKept(name)) this.clear(name)
    return names
      .filter((name) => this.#isKept(name))
      .map((name) => ({ name, ...readDescription(this.#description(name)) }))
      .toSorted((a, b) => compare(a.createdAt, b.createdAt) || compare(a.name, b.name))
  }

  /** Where the space is kept. */
  path(name: string): string {
    return join(this.#folder, name)
  }

  /** Makes an empty folder for a new space. Throws `full` or `cannot-write`. */
  begin(name: string): void {
    const path = this.path(name)
    try {
      rmSync(path, { recursive: true, force: true })
      makeFolder(path, 0o700)
      if (this.#isFlushed) syncFolder(this.#folder)
    } catch (error) {
      throw writeError(path, error)
    }
  }

  /** Keeps a space whose content is in its folder. Throws `full` or `cannot-write`. */
  keep(name: string, space: KeptSpace): void {
    const text = JSON.stringify({ format: FORMAT, version: VERSION, ...space })
    writeWholeFile(this.#description(name), `${text}\n`, this.#isFlushed)
  }

  /** From now on the space is not kept. Its files stay until `clear`. Throws `cannot-write`. */
  forget(name: string): void {
    const path = this.#description(name)
    try {
      rmSync(path)
      if (this.#isFlushed) syncFolder(this.path(name))
    } catch (error) {
      throw writeError(path, error)
    }
  }

  /** Removes the files of a space that is not kept. What fails is done by the next `load`. */
  clear(name: string): void {
    try {
      rmSync(this.path(name), { recursive: true, force: true })
    } catch {
      // The folder has no description, so it is none of a space.
    }
  }

  #names(): readonly string[] {
    try {
      return existsSync(this.#folder) ? readdirSync(this.#folder) : []
    } catch (error) {
      throw readError(this.#folder, error)
    }
  }

  #isKept(name: string): boolean {
    return existsSync(this.#description(name))
  }

  #description(name: string): string {
    return join(this.path(name), DESCRIPTION)
  }
}

function readDescription(path: string): KeptSpace {
  const value = parsed(path)
  const head = HEAD.safeParse(value).data
  if (head !== undefined && head.version !== VERSION) {
    throw new MockServerError(
      'bad-data',
      `dataDir: ${path} has format version ${head.version}, and this store reads version ${VERSION}; start the version of the store that wrote it, or choose another folder`,
    )
  }
  const { data } = KEPT_SPACE.safeParse(value)
  if (head !== undefined && data !== undefined) return data
  throw new MockServerError(
    'bad-data',
    `dataDir: ${path} is damaged; bring the folder back from a copy, or remove the folder of this space`,
  )
}

function parsed(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return undefined
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}
