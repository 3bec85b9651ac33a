import { isDeepStrictEqual } from 'node:util'

import type { Answer, Endpoint } from './endpoint.ts'

/**
 * Tests turn it on: an answer that differs from its declaration fails the request with a 500. Off
 * by default, because it costs a parse of each answer.
 */
export const answerCheck = { isOn: false }

/** Throws when the endpoint does not declare this answer. */
export function assertDeclared(
  { method, path, answers }: Endpoint,
  status: number,
  body: unknown,
): void {
  const where = `${method} /__mock${path}, answer ${status}`
  const answer: Answer | undefined = answers[status]
  if (answer === undefined) throw new Error(`${where}: is not declared`)
  if (answer.media !== undefined) return
  if (answer.schema === undefined) {
    if (body !== undefined) throw new Error(`${where}: is declared without content`)
    return
  }
  if (body === undefined) throw new Error(`${where}: has no content`)
  const sent: unknown = JSON.parse(JSON.stringify(body))
  const parsed = answer.schema.safeParse(sent)
  if (!parsed.success) throw new Error(`${where}: ${parsed.error.message}`)
  // Schemas that are not strict drop what they do not know.
  if (!isDeepStrictEqual(parsed.data, sent)) {
    throw new Error(`${where}: has members that are not declared: ${JSON.stringify(sent)}`)
  }
}
