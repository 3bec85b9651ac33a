import { z } from 'zod'

export const SNAPSHOT_NAME = z
  .string()
  .regex(
    /^[\w-][\w.-]{0,63}$/,
    'expected 1 to 64 letters, digits, "-", "_" and ".", with no "." first',
  )
