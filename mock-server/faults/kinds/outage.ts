import { milliseconds } from './parameters.ts'

/** The port is closed and its connections are reset; it is taken again later, with the same state. */
export const DOWN = { ms: milliseconds }
