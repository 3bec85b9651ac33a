import { constants, createReadStream, createWriteStream, writevSync } from 'node:fs'
import { type FileHandle, open, readdir, rename, stat, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'

import type { Sink } from '../output/sink.ts'
import type { ArchiveName } from './archive-name.ts'
import { makeFolder } from './make-folder.ts'

export interface RollingFileOptions {
  readonly path: string
  /** Undefined = the file is never archived. */
  readonly archive: ArchiveName | undefined
  /** Archives that are kept; 0 = all. */
  readonly keptArchives: number
  /** Size at which the file is archived; 0 = only at the end of its period. */
  readonly maxBytes: number
  /** The file could not be archived and keeps growing. */
  readonly onTrouble: (message: string) => void
  /** Time of day. */
  readonly nowMs: () => number
}

/** Wait before another attempt to archive. */
const RETRY_MS = 60_000
const MODE = 0o640
// A pipe without a reader is refused, and a full one takes no bytes: neither may block a thread.
const FLAGS = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK

/**
 * A sink for a log file that is archived by date and size. All work happens in other threads: a
 * slow disk never blocks the event loop. While it works, lines wait in `LineOutput`.
 */
export class RollingFile implements Sink {
  readonly #options: RollingFileOptions
  #file: FileHandle | undefined
  #bytes = 0
  /** The period of the first line in the file. */
  #period = ''
  #retryAtMs = 0
  #isArchiving = false

  constructor(options: RollingFileOptions) {
    this.#options = options
  }

  /** Whether an archive is being compressed, or old ones are being deleted. */
  get isArchiving(): boolean {
    return this.#isArchiving
  }

  write(
    buffers: readonly Buffer[],
    done: (error: Error | null, writtenBytes: number) => void,
  ): void {
    void this.#writeAndTell(buffers, done)
  }

  writeNow(buffers: readonly Buffer[]): number {
    if (this.#file === undefined) throw new Error('the file is not open')
    return writevSync(this.#file.fd, buffers)
  }

  /** Creates the folder and opens the file. Throws when that is not possible. */
  async open(): Promise<void> {
    const { path, archive, nowMs } = this.#options
    await makeFolder(dirname(path))
    const file = await open(path, FLAGS, MODE)
    const { size, mtimeMs } = await file.stat()
    this.#file = file
    this.#bytes = size
    this.#period = archive?.period(size === 0 ? nowMs() : mtimeMs) ?? ''
  }

  async close(): Promise<void> {
    const file = this.#file
    this.#file = undefined
    await file?.close()
  }

  async #writeAndTell(
    buffers: readonly Buffer[],
    done: (error: Error | null, writtenBytes: number) => void,
  ): Promise<void> {
    let writtenBytes = 0
    let failure: Error | null = null
    try {
      writtenBytes = await this.#write(buffers)
    } catch (error) {
      failure = error instanceof Error ? error : new Error(String(error))
    }
    done(failure, writtenBytes)
  }

  async #write(buffers: readonly Buffer[]): Promise<number> {
    const length = buffers.reduce((sum, { byteLength }) => sum + byteLength, 0)
    if (this.#file === undefined) await this.open()
    if (this.#isDue(length)) await this.#archive()
    if (this.#file === undefined) throw new Error('the file is not open')
    const { bytesWritten } = await this.#file.writev(buffers)
    this.#bytes += bytesWritten
    return bytesWritten
  }

  #isDue(length: number): boolean {
    const { archive, maxBytes, nowMs } = this.#options
    // Archives that are not compressed yet must not add up.
    if (archive === undefined || this.#bytes === 0 || this.#isArchiving) return false
    if (nowMs() < this.#retryAtMs) return false
    const isLarge = maxBytes > 0 && this.#bytes + length > maxBytes
    return isLarge || archive.period(nowMs()) !== this.#period
  }

  async #archive(): Promise<void> {
    const { path, archive, nowMs, onTrouble } = this.#options
    if (archive === undefined) return
    try {
      const target = await this.#freePath(archive)
      const plain = archive.isCompressed ? target.replace(/\.gz$/, '') : target
      await makeFolder(archive.folder)
      await rename(path, plain)
      await this.#file?.close()
      this.#file = undefined
      await this.open()
      this.#isArchiving = true
      void this.#finish(archive, plain, target)
    } catch (error) {
      this.#retryAtMs = nowMs() + RETRY_MS
      onTrouble(messageOf(error))
    }
  }

  /** Compresses the new archive and deletes the oldest ones, while lines go to the next file. */
  async #finish(archive: ArchiveName, plain: string, target: string): Promise<void> {
    const { onTrouble } = this.#options
    try {
      if (plain !== target) await compress(plain, target)
      await this.#deleteOldest(archive)
    } catch (error) {
      onTrouble(messageOf(error))
    }
    this.#isArchiving = false
  }

  /** Numbers within a period increase. Without a period, number 1 is the newest archive. */
  async #freePath(archive: ArchiveName): Promise<string> {
    const names: readonly string[] = await readdir(archive.folder).catch(() => [])
    if (!archive.hasIndex) {
      const path = archive.path(this.#period, 0)
      if (!names.includes(basename(path)) && !names.includes(basename(path, '.gz'))) return path
      throw new Error(`${path} already exists: add %i to archivedLogFilenamePattern`)
    }
    const indices = names.flatMap((name) => archive.index(name, this.#period) ?? [])
    if (archive.hasDate) return archive.path(this.#period, Math.max(-1, ...indices) + 1)
    for (const index of indices.toSorted((a, b) => b - a)) {
      await rename(archive.path('', index), archive.path('', index + 1)).catch(ignore)
    }
    return archive.path('', 1)
  }

  async #deleteOldest(archive: ArchiveName): Promise<void> {
    const { keptArchives, path } = this.#options
    if (keptArchives === 0) return
    const names = await readdir(archive.folder)
    const archives: { readonly path: string; readonly mtimeMs: number }[] = []
    for (const name of names.filter((one) => archive.isArchive(one))) {
      const file = join(archive.folder, name)
      if (file !== path) archives.push({ path: file, mtimeMs: (await stat(file)).mtimeMs })
    }
    const oldestLast = archives.toSorted((a, b) => b.mtimeMs - a.mtimeMs)
    for (const old of oldestLast.slice(keptArchives)) await unlink(old.path)
  }
}

/** Replaces the file by a compressed one, which gets its name when it is complete. */
async function compress(plain: string, target: string): Promise<void> {
  const part = `${target}.part`
  const { atime, mtime } = await stat(plain)
  await pipeline(createReadStream(plain), createGzip(), createWriteStream(part, { mode: MODE }))
  const file = await open(part, 'r+')
  // Its age decides when it is deleted.
  await file.utimes(atime, mtime)
  await file.close()
  await rename(part, target)
  await unlink(plain)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function ignore(): void {}
