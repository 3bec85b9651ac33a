import type { Cors, Field } from './cors.ts'
import type { ResponseHeads } from './response-heads.ts'

/** What decides about the response to a request, in any version of HTTP. */
export interface RequestFacts {
  readonly method: string | undefined
  readonly origin: string | undefined
  /** Values of Access-Control-Request-Method and Access-Control-Request-Headers. */
  readonly preflightMethod: string | undefined
  readonly preflightHeaders: string | undefined
}

/** The response to a request; undefined = the stream. */
export type RequestAnswer =
  | { readonly status: number; readonly fields: readonly Field[] }
  | undefined

interface AnswerSources {
  readonly cors: Cors
  readonly heads: ResponseHeads
}

export const ALLOWED_METHODS = 'GET, HEAD, OPTIONS'

/** What a well-formed request gets. */
export function answerTo(request: RequestFacts, { cors, heads }: AnswerSources): RequestAnswer {
  const { method, origin, preflightMethod, preflightHeaders } = request
  switch (method) {
    case 'GET':
      return undefined
    case 'HEAD':
      return { status: 200, fields: heads.streamFields(origin) }
    case 'OPTIONS': {
      const isPreflight = origin !== undefined && preflightMethod !== undefined
      const fields = isPreflight
        ? cors.fieldsForPreflight({ origin, method: preflightMethod, headers: preflightHeaders })
        : cors.fieldsFor(origin)
      const own: readonly Field[] =
        isPreflight && !cors.chainsPreflight ? [] : [['Allow', ALLOWED_METHODS]]
      return { status: 200, fields: [...own, ...fields] }
    }
    default:
      // [http §15.5.6] 405 lists the allowed methods.
      return { status: 405, fields: [['Allow', ALLOWED_METHODS]] }
  }
}
