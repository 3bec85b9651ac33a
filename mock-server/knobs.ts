import { z } from 'zod'

/** One setting: its spelling, its help, and the schema for every source. */
export interface Knob<T> {
  readonly schema: z.ZodType<T>
  readonly default: T
  /** The text after "expected" in an error message. */
  readonly expects: string
  readonly help: string
  /** Placeholder in the help text; a knob without one is a switch. */
  readonly arg?: string | undefined
  /** Its value is never printed. */
  readonly secret?: boolean | undefined
}

export interface Login {
  readonly name: string
  readonly password: string
}

/**
 * Logs that an announcement can be about. `domain`: the log of the section that governs a changed
 * item's section.
 */
const ANNOUNCEABLE = ['publication', 'section', 'domain', 'person', 'list'] as const

/**
 * Every setting of the store. Its key in a file or in `startMockContentStore` is the name here; the
 * flag is the name in kebab case, the environment variable is `MCS_` and the name in upper snake
 * case. [protocol §8.4]
 */
export const KNOBS = {
  host: text({ default: '127.0.0.1', arg: 'HOST', help: 'address to listen on' }),
  port: whole({
    default: 8080,
    min: 0,
    max: 65_535,
    arg: 'PORT',
    help: 'port to listen on; 0 selects a free one',
  }),
  portFile: text({ default: '', arg: 'PATH', help: 'write the port to this file once listening' }),
  json: toggle({ default: false, help: 'print one JSON object instead of the listening line' }),
  seedFile: text({
    default: '',
    arg: 'PATH',
    help: 'start with the content of this file instead of the demo publication',
  }),
  publicUrl: url({
    default: '',
    help: 'scheme, host and port of every URL in responses, overrides Host',
  }),
  allowHost: knob({
    schema: z.preprocess(splitList, z.array(z.string().transform(hostName)).readonly()),
    default: [],
    arg: 'HOST,…',
    expects:
      'host names without scheme and port; * is none, because pages of any site could then use /__mock',
    help: 'further host names allowed for /__mock; no patterns',
  }),
  login: login({
    default: { name: 'user', password: 'password' },
    help: 'the login that is accepted',
  }),
  acceptAnyLogin: toggle({ default: false, help: 'accept every login, and requests without one' }),
  workers: whole({
    default: 200,
    min: 0,
    max: 1_000_000,
    arg: 'N',
    help: 'concurrent requests, open streams included; 0 = no limit',
  }),
  workersBusy: choice({
    choices: ['queue', 'refuse', '503'],
    default: 'queue',
    help: 'how to treat a request when all workers are busy',
  }),
  maxBodyBytes: bytes({ default: 1_048_576, help: 'largest request body' }),
  maxBinaryBytes: bytes({ default: 10_485_760, help: 'largest file that a client may upload' }),
  maxBinaryStoreBytes: bytes({ default: 134_217_728, help: 'bytes of all uploaded files' }),
  uniqueIds: toggle({
    default: false,
    help: 'begin ids at the clock, so that no id of an earlier run is given again',
  }),

  announce: knob({
    schema: z.preprocess(splitList, z.array(z.enum(ANNOUNCEABLE)).readonly()),
    default: ['publication', 'section', 'person'],
    arg: 'LOG,…',
    expects: `a list of ${ANNOUNCEABLE.join(', ')}`,
    help: `which logs a change announces: ${ANNOUNCEABLE.join(', ')}`,
  }),
  ids: toggle({ default: false, help: 'give each event an id' }),
  replay: toggle({
    default: false,
    help: "replay the events after a client's Last-Event-ID; needs --ids",
  }),
  retryMs: whole({
    default: 0,
    min: 0,
    max: 86_400_000,
    arg: 'MS',
    help: 'send a retry field first; 0 = none',
  }),
  heartbeatMs: whole({
    default: 0,
    min: 0,
    max: 86_400_000,
    arg: 'MS',
    help: 'send a comment this often; 0 = never',
  }),
  corsOrigins: list({
    default: [],
    arg: 'ORIGIN,…',
    help: 'origins whose pages may use the web service; * = all',
  }),
  sseEndpoint: url({
    default: '',
    help: "event stream URL that feeds advertise instead of the store's own",
  }),
  maxStreamBufferBytes: bytes({
    default: 1_048_576,
    help: 'unsent bytes at which a slow stream client is dropped',
  }),

  defaultCount: whole({
    default: 10,
    min: 1,
    max: 10_000,
    arg: 'N',
    help: 'rows of a page without ?count=',
  }),
  maxCount: whole({ default: 100, min: 1, max: 10_000, arg: 'N', help: 'largest ?count=' }),
  inheritingSectionLog: choice({
    choices: ['domain', 'section'],
    default: 'domain',
    help: 'rows of an inheriting section’s log: its whole protection domain, or the section alone',
  }),
  denyLogs: knob({
    schema: z.preprocess(
      splitList,
      z.array(z.string().regex(/^(publication|section|person|list)\/\d+$/)).readonly(),
    ),
    default: [],
    arg: 'KIND/ID,…',
    expects: 'a list of logs such as section/12',
    help: 'change logs that the user may not read',
  }),
  denyStatus: status({
    of: [403, 404],
    default: 403,
    help: 'status of a log that the user may not read',
  }),
  feedTitle: toggle({ default: false, help: 'give change logs the title that RFC 4287 requires' }),
  entryUpdated: toggle({
    default: false,
    help: 'give every entry the date that RFC 4287 requires, even if it was never published',
  }),
  logPayload: toggle({ default: false, help: 'put payloads into change log entries' }),
  logEtags: toggle({
    default: false,
    help: 'give change log pages an ETag, and answer If-None-Match',
  }),
  titleField: text({
    default: 'title',
    arg: 'NAME',
    help: 'field of a payload in which the title is edited; without it, titles are in atom:title alone',
  }),
  sectionModel: choice({
    choices: ['plain', 'content-type'],
    default: 'plain',
    help: 'URL of the model of sections: model/com.escenic.section, or below model/content-type',
  }),
  deletedStatus: status({ of: [200, 404, 410], default: 200, help: 'status of a deleted item' }),
  missingMatchStatus: status({
    of: [412, 428, 400],
    default: 412,
    help: 'status of a PUT without If-Match',
  }),
  putStatus: status({ of: [200, 204], default: 204, help: 'status of a PUT that succeeds' }),
  deleteStatus: status({ of: [200, 204], default: 200, help: 'status of a DELETE that succeeds' }),
} as const satisfies Readonly<Record<string, Knob<unknown>>>

export type KnobName = keyof typeof KNOBS

/** Every setting with its value. */
export type Settings = {
  readonly [Name in KnobName]: (typeof KNOBS)[Name] extends Knob<infer T> ? T : never
}

export const KNOB_NAMES = Object.keys(KNOBS).filter(isKnobName)

export function isKnobName(name: string): name is KnobName {
  return Object.hasOwn(KNOBS, name)
}

type Described<T> = Omit<Knob<T>, 'schema' | 'expects'>

function knob<T>(described: Knob<T>): Knob<T> {
  return described
}

function text(described: Described<string>): Knob<string> {
  return { ...described, schema: z.preprocess(numberToText, z.string()), expects: 'a text' }
}

function toggle(described: Described<boolean>): Knob<boolean> {
  return {
    ...described,
    schema: z.preprocess(textToBoolean, z.boolean()),
    expects: 'true or false',
  }
}

function whole({
  min,
  max,
  ...described
}: Described<number> & { min: number; max: number }): Knob<number> {
  const schema = z.preprocess(textToNumber, z.int().min(min).max(max))
  return { ...described, schema, expects: `a whole number from ${min} to ${max}` }
}

function bytes(described: Described<number>): Knob<number> {
  return whole({ ...described, min: 1024, max: 1_073_741_824, arg: 'BYTES' })
}

function list(described: Described<readonly string[]>): Knob<readonly string[]> {
  const schema = z.preprocess(splitList, z.array(z.string().min(1)).readonly())
  return { ...described, schema, expects: 'names with commas between them' }
}

function status({ of, ...described }: Described<number> & { of: readonly number[] }): Knob<number> {
  const expects = of.join(' or ')
  return {
    ...described,
    arg: of.join('|'),
    schema: z.preprocess(textToNumber, z.literal(of)),
    expects,
  }
}

function choice<const T extends string>({
  choices,
  ...described
}: Described<T> & { choices: readonly T[] }): Knob<T> {
  return {
    ...described,
    arg: choices.join('|'),
    schema: z.enum(choices),
    expects: choices.join(' or '),
  }
}

function url(described: Described<string>): Knob<string> {
  const schema = z
    .union([z.literal(''), z.string().refine(isHttpUrl)])
    .transform(withoutSlashesAtEnd)
  return {
    ...described,
    arg: 'URL',
    schema,
    expects: 'an http:// or https:// URL without login, query or fragment',
  }
}

function login(described: Described<Login>): Knob<Login> {
  const schema = z.preprocess(
    textToLogin,
    z.strictObject({
      name: z
        .string()
        .min(1)
        .regex(/^[^:]*$/),
      password: z.string().min(1),
    }),
  )
  return { ...described, arg: 'NAME:PASSWORD', schema, secret: true, expects: 'NAME:PASSWORD' }
}

/** As a request's Host is compared: in lower case, an IPv6 address without brackets. */
function hostName(value: string, context: z.RefinementCtx): string {
  const bare = value.replace(/^\[(.*)\]$/, '$1')
  const origin = `http://${bare.includes(':') ? `[${bare}]` : bare}/`
  if (/^[\w.:-]+$/.test(bare) && URL.canParse(origin)) {
    const { hostname } = new URL(origin)
    if (hostname !== '') return hostname.replace(/^\[(.*)\]$/, '$1')
  }
  context.addIssue({ code: 'custom', message: 'no host name' })
  return z.NEVER
}

function isHttpUrl(value: string): boolean {
  if (!/^https?:\/\/[\w.[\]:-]+(\/[\w./~%-]*)?$/.test(value)) return false
  return URL.canParse(value)
}

function withoutSlashesAtEnd(value: string): string {
  let end = value.length
  while (value[end - 1] === '/') end -= 1
  return value.slice(0, end)
}

function textToNumber(value: unknown): unknown {
  return typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value
}

function numberToText(value: unknown): unknown {
  return typeof value === 'number' ? String(value) : value
}

function textToBoolean(value: unknown): unknown {
  return value === 'true' ? true : value === 'false' ? false : value
}

function splitList(value: unknown): unknown {
  if (typeof value !== 'string') return value
  return value.split(',').map((part) => part.trim())
}

function textToLogin(value: unknown): unknown {
  if (typeof value !== 'string') return value
  const colon = value.indexOf(':')
  return colon === -1 ? value : { name: value.slice(0, colon), password: value.slice(colon + 1) }
}
