import { createHash } from 'node:crypto'
import { closeSync, openSync, readSync, renameSync, rmSync, writeFileSync } from 'node:fs'

import { z } from 'zod'

import type { ContentPiece } from '../content/content-piece.ts'
import { decodeContent, decodeEntry, encodeContent } from '../durability/kept-parts.ts'
import { MockServerError } from '../errors.ts'
import type { LivePiece } from '../live-center/live-center.ts'
import { readSmallFile } from '../small-file.ts'
import type { Snapshot } from './snapshot.ts'
import { bytesOf, itemsOf } from './snapshot.ts'

const FORMAT = 'mock-content-store snapshot'
const VERSION = 1
/** Of a file, so that it fits into one text. */
const MAX_FILE_BYTES = 400_000_000
const MAX_HEAD_BYTES = 4096

/** The first line. */
const HEAD = z.object({
  format: z.literal(FORMAT),
  version: z.int(),
  savedAt: z.iso.datetime(),
  changeId: z.int().min(0),
  /** Of its content; files of earlier versions do not say. */
  items: z.int().min(0).default(0),
  bytes: z.int().min(0).default(0),
  /** Lines that follow, by kind: bytes of uploaded files, then content, then live events. */
  lines: z.strictObject({ files: z.int(), content: z.int(), live: z.int() }),
  /** Of everything after the first line. */
  sha256: z.string(),
})
export type SnapshotHead = z.infer<typeof HEAD>

/** A snapshot as a file: one JSON value a line. */
export function snapshotText(snapshot: Snapshot): string {
  const { savedAt, changeId, content, live } = snapshot
  const files: string[] = []
  const blobs = {
    put: (name: string, bytes: Uint8Array) => {
      files.push(JSON.stringify([name, Buffer.from(bytes).toString('base64')]))
    },
    get: noFile,
  }
  const contentLines = content.map((piece) => JSON.stringify(encodeContent(piece, blobs)))
  const liveLines = live.map((piece) => JSON.stringify(piece))
  const body = [...files, ...contentLines, ...liveLines].map((line) => `${line}\n`).join('')
  const lines = { files: files.length, content: content.length, live: live.length }
  const counts = { items: itemsOf(snapshot), bytes: bytesOf(snapshot) }
  const head: SnapshotHead = {
    format: FORMAT,
    version: VERSION,
    savedAt,
    changeId,
    ...counts,
    lines,
    sha256: hash(body),
  }
  return `${JSON.stringify(head)}\n${body}`
}

/** Throws `cannot-write`. */
export function writeSnapshotFile(snapshot: Snapshot, path: string): void {
  const part = `${path}.new`
  try {
    writeFileSync(part, snapshotText(snapshot))
    renameSync(part, path)
  } catch (error) {
    rmSync(part, { force: true })
    throw new MockServerError('cannot-write', `cannot write ${path}: ${reasonOf(error)}`, {
      cause: error,
    })
  }
}

/** Throws `bad-config` for a file that is no snapshot, or is not as it was written. */
export function readSnapshotFile(path: string): Snapshot {
  const text = readBounded(path)
  const end = text.indexOf('\n') + 1
  const head = readHead(path, text.slice(0, end))
  const body = text.slice(end)
  if (hash(body) !== head.sha256)
    throw bad(path, 'it is damaged, or was changed after it was saved; save the snapshot again')
  const { files, content, live } = head.lines
  const values = body.split('\n').map((line): unknown => (line === '' ? null : JSON.parse(line)))
  // Its checksum is right, so a store has written it.
  /* oxlint-disable typescript/no-unsafe-type-assertion */
  const bytes = new Map(values.slice(0, files) as [string, string][])
  const blobs = {
    put: () => {},
    get: (name: string) => Buffer.from(bytes.get(name) ?? '', 'base64'),
  }
  const pieces = values.slice(files, files + content) as ContentPiece[]
  const livePieces = values.slice(files + content, files + content + live) as LivePiece[]
  /* oxlint-enable typescript/no-unsafe-type-assertion */
  return {
    savedAt: head.savedAt,
    changeId: head.changeId,
    content: pieces.map((piece) => decodeContent(piece, blobs)),
    live: livePieces.map((piece) => (piece.kind === 'entry' ? decodeEntry(piece) : piece)),
  }
}

/** What a file says of the snapshot in it. Throws as `readSnapshotFile`. */
export function readSnapshotHead(path: string): SnapshotHead {
  const fd = openSync(path, 'r')
  try {
    const bytes = Buffer.alloc(MAX_HEAD_BYTES)
    const text = bytes.toString('utf8', 0, readSync(fd, bytes))
    return readHead(path, text.slice(0, text.indexOf('\n') + 1))
  } finally {
    closeSync(fd)
  }
}

function readHead(path: string, line: string): SnapshotHead {
  const { data } = HEAD.safeParse(parsed(line))
  if (data === undefined) {
    throw bad(
      path,
      'expected the file of a snapshot; content that was written by hand is a seed: use --seed-file',
    )
  }
  if (data.version !== VERSION)
    throw bad(path, `expected version ${VERSION} of the format, got ${data.version}`)
  return data
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

function readBounded(path: string): string {
  try {
    return readSmallFile(path, MAX_FILE_BYTES)
  } catch (error) {
    throw bad(path, reasonOf(error), error)
  }
}

function bad(path: string, reason: string, cause?: unknown): MockServerError {
  return new MockServerError('bad-config', `cannot restore ${path}: ${reason}`, { cause })
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function noFile(name: string): never {
  throw new Error(`there is no file ${name}`)
}
