import { existsSync, renameSync, writeFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

import { z } from 'zod'

import { readBoundedFile, UnreadableFile } from '../config/bounded-file.ts'
import type { LogPointer } from './log-watch.ts'

/** What a run of the proxy leaves for the next one. */
export interface ResyncState {
  /** The last event id; undefined unless the run has shut down normally. */
  readonly lastId: string | undefined
  /** Change logs by URL, by the URL of their back end. */
  readonly backEnds: ReadonlyMap<string, ReadonlyMap<string, LogPointer | undefined>>
}

export const NO_STATE: ResyncState = { lastId: undefined, backEnds: new Map() }

const MAX_BYTES = 67_108_864

const text = z.string().max(8192)
const schema = z.object({
  version: z.literal(1),
  lastId: text.optional(),
  backEnds: z.record(
    text,
    z.record(text, z.object({ previous: text, etag: text.optional() }).nullable()),
  ),
})

/**
 * Reads the state of the run before. A file that does not exist is an empty state. One that cannot
 * be read or understood is reported and counts as empty, and so does a missing folder.
 */
export function readState(path: string, onDamage: (reason: string) => void): ResyncState {
  try {
    const { lastId, backEnds } = schema.parse(
      JSON.parse(readBoundedFile(path, MAX_BYTES).toString('utf8')),
    )
    return { lastId, backEnds: mapOf(backEnds, (logs) => mapOf(logs, pointerOf)) }
  } catch (error) {
    if (!isMissing(error)) onDamage(reasonOf(error))
    else if (!existsSync(dirname(path))) onDamage(`there is no folder ${dirname(path)}`)
    return NO_STATE
  }
}

/**
 * Replaces the file at once: a crash leaves the old one or the new one. Rejects without replacing it
 * once `stop` is aborted.
 */
export async function writeState(
  path: string,
  state: ResyncState,
  stop: AbortSignal,
): Promise<void> {
  await writeFile(temporary(path), toText(state), { mode: 0o600, signal: stop })
  stop.throwIfAborted()
  renameSync(temporary(path), path)
}

/** Like `writeState`, for the last moment of a process. */
export function writeStateNow(path: string, state: ResyncState): void {
  writeFileSync(temporary(path), toText(state), { mode: 0o600 })
  renameSync(temporary(path), path)
}

function temporary(path: string): string {
  return `${path}.${process.pid}.tmp`
}

function toText({ lastId, backEnds }: ResyncState): string {
  const logs = [...backEnds].map(([uri, urls]) => [
    uri,
    Object.fromEntries([...urls].map(([url, pointer]) => [url, pointer ?? null])),
  ])
  return `${JSON.stringify({ version: 1, lastId, backEnds: Object.fromEntries(logs) })}\n`
}

function pointerOf(
  pointer: { readonly previous: string; readonly etag?: string | undefined } | null,
): LogPointer | undefined {
  return pointer === null ? undefined : { previous: pointer.previous, etag: pointer.etag }
}

function mapOf<From, To>(
  record: Readonly<Record<string, From>>,
  convert: (value: From) => To,
): ReadonlyMap<string, To> {
  return new Map(Object.entries(record).map(([key, value]) => [key, convert(value)]))
}

function isMissing(error: unknown): boolean {
  const cause = error instanceof UnreadableFile ? error.cause : undefined
  return cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
}

function reasonOf(error: unknown): string {
  if (error instanceof z.ZodError) return 'it is not a state file of this version'
  if (error instanceof SyntaxError) return 'it is not JSON'
  return error instanceof Error ? error.message : String(error)
}
