import { z } from 'zod'

import { counted, milliseconds } from './parameters.ts'

/** The event is not sent. */
export const EVENT_LOST = {}
/** The event is sent several times. */
export const EVENT_DOUBLED = { copies: z.int().min(2).max(100).default(2) }
/** The event is sent after the next ones. */
export const EVENT_REORDERED = {
  /** After how many. */
  by: counted.max(1_000).default(1),
  /** When no further one comes, it is sent after this time. */
  ms: milliseconds.default(1_000),
}
/** The URL in the event is of another host, as behind a gateway that rewrites names. */
export const EVENT_FOREIGN = {
  host: z
    .string()
    .max(253)
    .refine((text) => URL.canParse(`http://${text}/`) && new URL(`http://${text}/`).host === text, {
      message: 'expected a host name in lower case, with or without a port',
    })
    .default('other.example'),
}

/** The event's text with every URL of `baseUrl` moved to `host`. */
export function atHost(text: string, baseUrl: string, host: string): string {
  return text.replaceAll(baseUrl, `http://${host}`)
}
