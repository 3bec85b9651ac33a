import { z } from 'zod'

/** Longest delay: ten minutes. */
export const MAX_MS = 600_000

export const milliseconds = z.int().min(1).max(MAX_MS)
export const counted = z.int().min(1).max(1_000_000)
