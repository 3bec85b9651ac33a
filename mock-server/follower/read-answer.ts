import { TimeLimit } from '../time-limit.ts'
import { FollowerError, shownUrl } from './follower-error.ts'

/** Far above the size of a page of a change log. */
const MAX_BYTES = 16_777_216
const TIMEOUT_MS = 20_000

/**
 * The text that `url` answers within 20 s, at most 16 MiB. Throws `refused` for another status than
 * 200, `bad-answer` for a longer text, and `unreachable` for none.
 */
export async function readAnswer(
  url: string,
  headers: Readonly<Record<string, string>>,
  stop: AbortSignal,
): Promise<string> {
  using limit = new TimeLimit(TIMEOUT_MS, stop)
  try {
    const response = await fetch(url, { headers: { ...headers }, signal: limit.signal })
    if (response.status !== 200) {
      await response.body?.cancel()
      throw refused(url, response.status)
    }
    return await bounded(response.body ?? [], url)
  } catch (error) {
    if (error instanceof FollowerError) throw error
    throw unreachable(url, error)
  }
}

export function refused(url: string, status: number): FollowerError {
  const hint = status === 401 ? ': give `authorization` that it accepts' : ''
  return new FollowerError('refused', `${shownUrl(url)}: expected 200, got ${status}${hint}`, {
    status,
  })
}

export function unreachable(url: string, error: unknown): FollowerError {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new FollowerError('unreachable', `${shownUrl(url)}: no answer: ${reason}`, {
    cause: error,
  })
}

async function bounded(
  body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  url: string,
): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.byteLength
    if (bytes > MAX_BYTES) {
      throw new FollowerError(
        'bad-answer',
        `${shownUrl(url)}: expected at most ${MAX_BYTES} bytes, got more`,
      )
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
