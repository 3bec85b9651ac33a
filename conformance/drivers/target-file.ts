import { dirname, resolve } from 'node:path'

import { z } from 'zod'

import { ConformanceError } from '../errors.ts'
import { CAPABILITIES, VARIANTS, type Capability, type Claims } from '../runner/target.ts'
import { FRONT_URL, isFrontUrl } from './front-url.ts'
import { readYaml } from './read-yaml.ts'

const limit = z.int().positive().optional()

const limits = {
  reconnectWithinMs: limit,
  heartbeatMs: limit,
  headWithinMs: limit,
  silenceMs: limit,
  requestWithinMs: limit,
  stallMs: limit,
  maxClients: limit,
  logEvents: limit,
  maxEventBytes: limit,
  pollHoldMs: limit,
}

const claims = z.strictObject({
  capabilities: z.array(z.enum(CAPABILITIES)).default([]),
  backends: z.literal(1).optional(),
  ...limits,
})

/** Text for placeholders of the programs' configurations. */
const values = z.record(z.string(), z.string()).default({})

const variant = z.strictObject({ claims: z.strictObject(limits).prefault({}), values })

const program = z.strictObject({
  /** Builds the program in the folder `{buildDir}`, once before the first start. */
  prepare: z.array(z.string()).min(1).optional(),
  /** Program and arguments; placeholders are filled in. */
  command: z.array(z.string()).min(1),
  /** Working directory, relative to the target file. */
  cwd: z.string().default('.'),
  /** Written to `{configFile}`, placeholders filled in. */
  config: z.string().default(''),
  configName: z.string().default('target.conf'),
  /** The port that it listens on: `front` means `{frontPort}`. */
  port: z.string().default('front'),
  /**
   * Whether it is ready when that port accepts connections, when it answers a request there without
   * a server error, or when a request passes through it to the back end.
   */
  readyWhen: z.enum(['accepts', 'answers', 'passes']).default('accepts'),
  /** How long that may take. */
  readyWithinMs: z.int().positive().default(15_000),
  stopSignal: z.enum(['SIGTERM', 'SIGINT', 'SIGQUIT']).default('SIGTERM'),
})

/** The front speaks TLS. */
const tls = z.strictObject({
  /** PEM file of the authorities that may have signed its certificate. */
  ca: z.string().optional(),
  /** True: the certificate is not checked. */
  insecure: z.boolean().default(false),
  /** The name that the certificate must have; sent as SNI. Default: the host of the URL. */
  serverName: z.string().optional(),
})

/** Names of the ports of programs in `spawn`. */
const row = z.strictObject({
  /** The program of the second front. */
  second: z.string(),
  /** The program that has the log, if the suite may kill it. */
  engine: z.string().optional(),
})

/** Commands that kill a part as the end of its machine would, and start it again. */
const part = z.strictObject({
  kill: z.array(z.string()).min(1),
  start: z.array(z.string()).min(1),
})

const externalRow = z.strictObject({
  second: z.string().refine(isFrontUrl, `expected ${FRONT_URL}`),
  firstFront: part.optional(),
  secondFront: part.optional(),
  engine: part.optional(),
})

const external = z.strictObject({
  front: z.string().refine(isFrontUrl, `expected ${FRONT_URL}`),
  admin: z.url().optional(),
  /** Addresses of the suite's back ends, for the target's configuration. */
  originPorts: z.tuple([z.int(), z.int()]).default([9801, 9802]),
  /** How long to wait until the target reaches them. */
  connectWithinMs: z.int().positive().default(600_000),
  /** The second front of a row. */
  row: externalRow.optional(),
})

const schema = z
  .strictObject({
    name: z.string(),
    product: z.string(),
    /**
     * Command that prints the version of the product. It fails when the product is not installed.
     */
    version: z.array(z.string()).min(1).optional(),
    role: z.enum(['concentrator', 'gateway']),
    claims: claims.prefault({}),
    /** Prefix of every stream path, for a front that serves the stream under some paths only. */
    frontPath: z
      .string()
      .regex(/^\/.*[^/]$/, 'a path without a final slash')
      .optional(),
    tls: tls.optional(),
    values,
    variants: z.partialRecord(z.enum(VARIANTS), variant).default({}),
    /** Programs, started in order. The last one is the front. */
    spawn: z.preprocess((given) => oneOrMany(given), z.array(program).min(1).optional()),
    external: external.optional(),
    /** Which programs are the second front and the engine of a row. */
    row: row.optional(),
    /** Expectation file, relative to the target file. */
    expectations: z.string().optional(),
  })
  .refine((file) => (file.spawn === undefined) !== (file.external === undefined), {
    message: 'exactly one of spawn and external must be given',
  })
  .superRefine((file, context) => {
    const claimsTo = (name: Capability): boolean => file.claims.capabilities.includes(name)
    const secure = file.external?.front.startsWith('https:') ?? file.tls !== undefined
    const mistake = (path: string[], message: string): void =>
      context.addIssue({ code: 'custom', path, message })
    if (!secure && (claimsTo('tls') || claimsTo('h2')))
      mistake(
        ['claims', 'capabilities'],
        'tls and h2 need a front with TLS: give "tls" for one that is spawned, https:// for another; HTTP/2 without TLS is h2c',
      )
    if (secure && claimsTo('h2c'))
      mistake(['claims', 'capabilities'], 'h2c is HTTP/2 without TLS; a front with TLS claims h2')
    if (!secure && file.tls !== undefined)
      mistake(['tls'], 'external.front is not https://, so there is no certificate to check')
    const ports = file.spawn?.map(({ port }) => port)
    for (const [name, port] of Object.entries(file.row ?? {})) {
      if (port !== undefined && ports?.includes(port) !== true)
        mistake(
          ['row', name],
          `expected the port of a program in spawn, got ${JSON.stringify(port)}`,
        )
    }
    if (claimsTo('row') && file.row === undefined && file.external?.row === undefined)
      mistake(
        ['claims', 'capabilities'],
        'row needs a second front: name it under "row" for programs in spawn, or under "external.row"',
      )
    if (secure && file.spawn?.at(-1)?.readyWhen === 'answers')
      mistake(['spawn'], 'a front with TLS is ready when it accepts or passes, not answers')
  })

function oneOrMany(given: unknown): unknown {
  return given === undefined || Array.isArray(given) ? given : [given]
}

/** A target as its file describes it; paths are absolute. */
export type TargetFile = Omit<Readonly<z.infer<typeof schema>>, 'claims' | 'external'> & {
  readonly claims: Claims
  readonly external?: ExternalSettings | undefined
}
type TlsSettings = z.infer<typeof tls>
export type ProgramSettings = Readonly<z.infer<typeof program>>
export type RowSettings = Readonly<z.infer<typeof row>>
export type PartCommands = Readonly<z.infer<typeof part>>
/** Its commands run in the folder of the file. */
export type ExternalRow = Readonly<z.infer<typeof externalRow>> & { readonly folder: string }
export type ExternalSettings = Omit<Readonly<z.infer<typeof external>>, 'row'> & {
  readonly row?: ExternalRow | undefined
}

/** A target without a file. Missing keys have their defaults. Throws for claims that contradict. */
export function describeTarget(given: z.input<typeof schema>): TargetFile {
  const file = schema.safeParse(given)
  if (!file.success) throw new ConformanceError('usage', mistakesOf(file.error).join('\n'))
  return absolute(file.data, process.cwd())
}

function mistakesOf({ issues }: z.ZodError): readonly string[] {
  return issues.map(({ path, message }) => `  ${path.join('.') || '(file)'}: ${message}`)
}

/** Reads a target file. All mistakes are listed at once. */
export function readTargetFile(path: string): TargetFile {
  const file = schema.safeParse(parseYaml(path))
  if (!file.success) {
    throw new ConformanceError(
      'target-file',
      `${path} is not a target file:\n${mistakesOf(file.error).join('\n')}`,
    )
  }
  return absolute(file.data, dirname(path))
}

function absolute(
  { spawn: spawned, expectations, ...rest }: z.output<typeof schema>,
  folder: string,
): TargetFile {
  return {
    ...rest,
    tls: absoluteTls(rest.tls, folder),
    external: absoluteExternal(rest.external, folder),
    claims: {
      ...rest.claims,
      capabilities: withImplied(rest.claims.capabilities, isSecure(rest)),
      variants: Object.fromEntries(
        Object.entries(rest.variants).map(([name, described]) => [name, described?.claims]),
      ),
    },
    spawn: spawned?.map((one) => ({ ...one, cwd: resolve(folder, one.cwd) })),
    expectations: expectations === undefined ? undefined : resolve(folder, expectations),
  }
}

function isSecure({
  external: running,
  tls: given,
}: Pick<z.output<typeof schema>, 'external' | 'tls'>): boolean {
  return running?.front.startsWith('https:') ?? given !== undefined
}

function absoluteExternal(
  given: z.output<typeof external> | undefined,
  folder: string,
): ExternalSettings | undefined {
  if (given === undefined) return undefined
  const { row: fronts, ...others } = given
  return fronts === undefined ? others : { ...others, row: { ...fronts, folder } }
}

function absoluteTls(given: TlsSettings | undefined, folder: string): TlsSettings | undefined {
  if (given?.ca === undefined) return given
  return { ...given, ca: resolve(folder, given.ca) }
}

/** A front with TLS claims `tls`, and `h2c` is a way of speaking HTTP/2. */
function withImplied(claimed: readonly Capability[], secure: boolean): readonly Capability[] {
  const implied: readonly Capability[] = [
    ...(secure ? (['tls'] as const) : []),
    ...(claimed.includes('h2c') ? (['h2'] as const) : []),
  ]
  return [...new Set([...claimed, ...implied])]
}

function parseYaml(path: string): unknown {
  try {
    return readYaml(path)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new ConformanceError('target-file', `cannot read the target file ${path}: ${reason}`, {
      cause,
    })
  }
}
