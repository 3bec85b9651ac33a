import { z } from 'zod'

/** Every error of the control API (RFC 9457). */
export const PROBLEM = z
  .strictObject({
    type: z.literal('about:blank'),
    /** The code of the error. */
    title: z.string(),
    status: z.int().min(400).max(599),
    detail: z.string(),
    /** Name of the limit that was reached. */
    limit: z.string().optional(),
  })
  .meta({ id: 'Problem' })
