import { MockServerError } from '../errors.ts'

/** Out of space, over a quota, over the limit of a file's size. */
const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])

/** The error of a client whose change cannot be written: `full` (507), else `cannot-write` (503). */
export function writeError(path: string, error: unknown): MockServerError {
  const code = codeOf(error)
  const message = error instanceof Error ? error.message : String(error)
  if (FULL.has(code)) {
    return new MockServerError(
      'full',
      `dataDir: there is no room left to write ${path} (${code}); nothing was changed, and reads still work; make room on its disk, and try again`,
      { cause: error },
    )
  }
  return new MockServerError(
    'cannot-write',
    `dataDir: cannot write ${path}: ${message}; nothing was changed, and reads still work`,
    { cause: error },
  )
}

/** The `bad-data` of a file or folder that a start or a client needs and that cannot be read. */
export function readError(path: string, error: unknown): MockServerError {
  const reason = error instanceof Error ? error.message : String(error)
  const what = error instanceof MockServerError ? reason : `cannot read ${path}: ${reason}`
  return new MockServerError(
    'bad-data',
    `dataDir: ${what}; bring the folder back from a copy, or choose another one`,
    { cause: error },
  )
}

/** The system's name of an error, such as `EEXIST`; else empty. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
