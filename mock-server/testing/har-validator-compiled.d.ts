/** The package has types, but its `exports` hide them. */
declare module 'har-validator-compiled' {
  /** Throws for a value that is no HTTP Archive 1.2. */
  export function validateHar(har: unknown): unknown
}
