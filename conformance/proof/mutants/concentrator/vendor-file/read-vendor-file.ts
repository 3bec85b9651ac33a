import { parse } from 'yaml'
import { z } from 'zod'

import type { BackendSettings } from '../../../../runner/target.ts'
import type { CorsSettings } from '../front/cors.ts'

/** Faults in reading the file. */
export interface VendorFileFaults {
  /** Substitutes variables, instead of the right way. */
  readonly substitute?:
    | ((text: string, environment: Readonly<Record<string, string>>) => string)
    | undefined
  /** Changes the parsed file before validation. */
  readonly reads?: ((file: unknown) => unknown) | undefined
  /**
   * Reaction to an invalid file: no message, a message without the mistake or with only the first
   * one, or exit code 0.
   */
  readonly mistakes?: 'silent' | 'vague' | 'first' | 'exit-0' | undefined
}

export interface VendorSettings {
  readonly frontPort: number
  readonly adminPort: number
  readonly backends: readonly BackendSettings[]
  readonly cors: CorsSettings
}

/** An invalid file. The message names the mistakes. */
export class BadFile extends Error {
  override readonly name = 'BadFile'
}

const MOST_PORT = 65_535

const names = (defaults: string) =>
  z
    .string()
    .default(defaults)
    .transform((text) => text.split(',').filter((name) => name !== ''))

/** A value, or its text as an installer writes it. */
const flag = z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')])

const connectors = z
  .array(
    z.looseObject({ type: z.literal('http').default('http'), port: z.int().min(0).max(MOST_PORT) }),
  )
  .min(1)

const schema = z.strictObject({
  server: z.looseObject({ applicationConnectors: connectors, adminConnectors: connectors }),
  backends: z
    .array(
      z.strictObject({
        uri: z.url({ protocol: /^http$/ }),
        credentials: z.strictObject({ username: z.string(), password: z.string() }).optional(),
        httpHeaders: z.record(z.string(), z.string()).optional(),
      }),
    )
    .min(1),
  cors: z
    .strictObject({
      allowedOrigins: names('*'),
      allowedHeaders: names('X-Requested-With,Content-Type,Accept,Origin'),
      allowedMethods: names('GET,POST,HEAD'),
      preflightMaxAge: z.coerce.number().int().min(0).default(1800),
      allowCredentials: flag.default(true),
      exposedHeaders: names(''),
      chainPreflight: flag.default(true),
    })
    .prefault({}),
  logging: z.unknown().optional(),
})

/** Reads the vendor's configuration file. Throws a `BadFile` that lists every mistake. */
export function readVendorFile(
  text: string,
  environment: Readonly<Record<string, string>>,
  faults: VendorFileFaults = {},
): VendorSettings {
  const replaced = (faults.substitute ?? substitute)(text, environment)
  let content: unknown
  try {
    content = parse(replaced)
  } catch (cause) {
    throw new BadFile(`not YAML: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    })
  }
  const read = faults.reads?.(content) ?? content
  if (read === null) throw new BadFile('the file is empty')
  const file = schema.safeParse(read)
  if (!file.success) {
    const mistakes = file.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
    throw new BadFile(mistakes.join('\n'))
  }
  const { server, backends, cors } = file.data
  return {
    frontPort: server.applicationConnectors[0]?.port ?? 0,
    adminPort: server.adminConnectors[0]?.port ?? 0,
    backends: backends.map(({ uri, ...rest }) => ({ url: uri, ...rest })),
    cors: { ...cors, maxAgeSeconds: cors.preflightMaxAge },
  }
}

/** `${NAME}` and `${NAME:-default}`; an empty variable counts as set; `$${` is a literal `${`. */
function substitute(text: string, environment: Readonly<Record<string, string>>): string {
  return text.replaceAll(
    /(\$?)\$\{([^}:]+)(?::-([^}]*))?\}/g,
    (whole: string, escape: string, name: string, fallback: string | undefined) =>
      escape === '' ? (environment[name] ?? fallback ?? whole) : whole.slice(1),
  )
}
