import { MockServerError } from '../errors.ts'
import type { DataFile } from './data-files.ts'

/** Moves when a store that knows only the earlier one cannot read the files. */
const FORMAT_VERSION = 1
const FORMAT = 'mock-content-store'

/** The first line of each file. */
export interface FileHead extends DataFile {
  readonly format: typeof FORMAT
  readonly version: number
  /** Number of the last effect before the file, or in the checkpoint. */
  readonly after: number
}

export function fileHead({ kind, number }: DataFile, after: number): FileHead {
  return { format: FORMAT, version: FORMAT_VERSION, kind, number, after }
}

/** Throws `bad-data` for a file of another program, another version, or another name. */
export function assertHead(path: string, value: unknown, file: DataFile): void {
  const { format, version, ...rest } = (value ?? {}) as Partial<FileHead>
  if (format !== FORMAT)
    throw new MockServerError('bad-data', `dataDir: ${path} is no file of a Mock Content Store`)
  if (version !== FORMAT_VERSION) {
    throw new MockServerError(
      'bad-data',
      `dataDir: ${path} has format version ${version}, and this store reads version ${FORMAT_VERSION}; start the version of the store that wrote it, or choose another folder`,
    )
  }
  if (rest.kind === file.kind && rest.number === file.number) return
  throw new MockServerError(
    'bad-data',
    `dataDir: ${path} is ${rest.kind} ${rest.number} by its first line; give the file its own name back`,
  )
}
