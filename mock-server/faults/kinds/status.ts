import { z } from 'zod'

import type { StruckRequest } from '../struck-request.ts'

/** Another response comes instead, and the request is not carried out. */
export const STATUS = {
  /** 204 tells an event source not to reconnect [sse §9.2.3]. */
  status: z.union([z.literal(204), z.int().min(400).max(599)]),
  /** Seconds. */
  retryAfter: z.int().min(0).max(86_400).optional(),
  /** Default: a sentence with the name of the fault. */
  body: z.string().max(65_536).optional(),
  contentType: z
    .string()
    .max(200)
    .refine(isPrintable, 'expected printable ASCII')
    .default('text/plain; charset=utf-8'),
}

interface StatusFault {
  readonly name: string
  readonly status: number
  readonly retryAfter?: number | undefined
  readonly body?: string | undefined
  readonly contentType: string
}

export function answerStatus(fault: StatusFault, { response }: StruckRequest): void {
  const { name, status, retryAfter, body = `the fault "${name}" is set\n`, contentType } = fault
  if (retryAfter !== undefined) response.set('Retry-After', String(retryAfter))
  // A 401 without a challenge would be another fault. [http §15.5.2]
  if (status === 401) response.set('WWW-Authenticate', 'Basic realm="Content Store"')
  response.status(status)
  if (status === 204) response.end()
  else response.setHeader('Content-Type', contentType).end(body)
}

function isPrintable(text: string): boolean {
  for (let at = 0; at < text.length; at += 1)
    if (text.charAt(at) < ' ' || text.charAt(at) > '~') return false
  return true
}
