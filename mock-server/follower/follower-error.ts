/**
 * - `bad-options`: an option is missing or wrong.
 * - `refused`: a server answered with another status than 200.
 * - `bad-answer`: a server answered with something that is not a change log.
 * - `unreachable`: no answer, or the answer ended early.
 */
export type FollowerErrorCode = 'bad-options' | 'refused' | 'bad-answer' | 'unreachable'

/** What a follower could not do. Its message names the URL, without the login in it. */
export class FollowerError extends Error {
  override readonly name = 'FollowerError'
  readonly code: FollowerErrorCode
  /** Status of the answer, for `refused`. */
  readonly status: number | undefined

  constructor(
    code: FollowerErrorCode,
    message: string,
    options?: ErrorOptions & { readonly status?: number },
  ) {
    super(message, options)
    this.code = code
    this.status = options?.status
  }
}

/** A URL as messages show it: without user info, and without the values of its query. */
export function shownUrl(text: string): string {
  if (!URL.canParse(text)) return JSON.stringify(text.slice(0, 200))
  const url = new URL(text)
  url.username = ''
  url.password = ''
  for (const name of new Set(url.searchParams.keys())) url.searchParams.set(name, '***')
  return url.href
}
