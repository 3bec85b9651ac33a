import { ProxyError } from '../errors.ts'
import { engineErrorText } from './engine-error.ts'
import { RedisConnection } from './redis-connection.ts'
import { askSentinels } from './redis-sentinels.ts'
import { nameOfAddress, nameOfTarget, type RedisTarget } from './redis-target.ts'

/** What an operator should know of an engine before a row relies on it. */
export interface EngineReport {
  /** Sentences. */
  readonly facts: readonly string[]
  /** Sentences about what may be lost, and what to change. */
  readonly warnings: readonly string[]
}

type Facts = ReadonlyMap<string, string>

const ASK_MS = 5000
const OLDEST_VERSION = 7
/** A value of Redis that is shown. */
const PLAIN = /^[0-9A-Za-z._-]{1,40}$/

/**
 * Asks an engine for its version and for what it does when its memory is full or it is restarted.
 * Throws `engine-unfit` if no row can use it.
 */
export async function reportOnEngine(target: RedisTarget): Promise<EngineReport> {
  const connection = new RedisConnection(target, ASK_MS)
  try {
    const found = await sentinelsOf(target)
    const info = readInfo(String(await connection.send(['INFO'])))
    const settings = await readSettings(connection)
    const loss = [memoryOf(info), persistenceOf(info, settings), replicasOf(info, settings)]
    return {
      facts: [versionOf(info), ...found.facts, ...loss.flatMap(({ fact }) => fact ?? [])],
      warnings: [...found.warnings, ...loss.flatMap(({ warning }) => warning ?? [])],
    }
  } catch (error) {
    if (error instanceof ProxyError) throw error
    throw unfit(`${nameOfTarget(target)} cannot be used: ${engineErrorText(error)}`)
  } finally {
    connection.close()
  }
}

/** Who knows the primary. Throws if no sentinel does. */
async function sentinelsOf({ sentinels, tls }: RedisTarget): Promise<EngineReport> {
  if (sentinels === undefined) return { facts: [], warnings: [] }
  const asked = { tls, withinMs: ASK_MS / 2, isComplete: true }
  const { primary, votes, failures } = await askSentinels(sentinels, asked)
  if (primary === undefined) throw unfit(`no sentinel knows the primary: ${failures.join('; ')}`)
  const all = sentinels.addresses.length
  const fact = `${votes} of ${all} sentinels name ${nameOfAddress(primary)} as the primary`
  return { facts: [fact], warnings: failures.map((failure) => `sentinel ${failure}`) }
}

/** The lines `name:value` of the command INFO. */
function readInfo(text: string): Facts {
  return new Map(
    text.split('\r\n').flatMap((line) => {
      const colon = line.indexOf(':')
      return colon === -1 ? [] : [[line.slice(0, colon), line.slice(colon + 1)]]
    }),
  )
}

/** Settings that INFO does not have. A hosted Redis may not tell them. */
async function readSettings(connection: RedisConnection): Promise<Facts> {
  const names = ['appendfsync', 'save', 'min-replicas-to-write']
  const settings = new Map<string, string>()
  for (const name of names) {
    const reply = await connection.send(['CONFIG', 'GET', name]).catch(() => undefined)
    const value = valueOf(reply)
    if (value !== undefined) settings.set(name, value)
  }
  return settings
}

/** A list of name and value, or an object in RESP 3. */
function valueOf(reply: unknown): string | undefined {
  const values = Array.isArray(reply) ? reply.slice(1) : Object.values(Object(reply))
  return values.length === 0 ? undefined : String(values[0])
}

function versionOf(info: Facts): string {
  const isValkey = info.get('server_name') === 'valkey'
  const version = shown(info.get(isValkey ? 'valkey_version' : 'redis_version'))
  const name = isValkey ? 'Valkey' : 'Redis'
  if (Number.parseInt(version, 10) < OLDEST_VERSION) {
    throw unfit(`expected Redis 7 or newer, or Valkey, got ${name} ${version}`)
  }
  if (info.get('role') === 'slave') {
    throw unfit('expected a primary, got a replica, which accepts no events')
  }
  return `${name} ${version}`
}

interface Finding {
  readonly fact?: string
  readonly warning?: string
}

function memoryOf(info: Facts): Finding {
  const policy = shown(info.get('maxmemory_policy'))
  if (policy === 'noeviction') {
    const fact = 'maxmemory-policy noeviction: when its memory is full, new events wait'
    return { fact }
  }
  const warning =
    `maxmemory-policy ${policy}: when its memory is full, it may drop the log or a lease; proxies ` +
    'that run give the log back as far as they have it, and clients else get a gap event. Set noeviction'
  return { warning }
}

function persistenceOf(info: Facts, settings: Facts): Finding {
  const fsync = shown(settings.get('appendfsync'))
  const healed = 'proxies that run give them back; if all have ended too, clients get a gap event'
  if (info.get('aof_enabled') === '1') {
    if (fsync === 'always') {
      return {
        fact: 'appendonly yes, appendfsync always: it loses no event that it has acknowledged',
      }
    }
    const lost =
      fsync === 'everysec' ? 'the last second of acknowledged events' : 'acknowledged events'
    return { warning: `appendonly yes, appendfsync ${fsync}: a crash may take ${lost}; ${healed}` }
  }
  const save = settings.get('save')
  const keeps = save === '' ? 'has no event' : 'has the events up to its last snapshot only, if any'
  return {
    warning: `appendonly no: after a restart it ${keeps}; ${healed}. Set appendonly yes`,
  }
}

function replicasOf(info: Facts, settings: Facts): Finding {
  const replicas = shown(info.get('connected_slaves'))
  if (replicas === '0') return { fact: 'no replica: while it is away, the row has no shared log' }
  const least = shown(settings.get('min-replicas-to-write'))
  const count = replicas === '1' ? '1 replica' : `${replicas} replicas`
  if (least !== '0') return { fact: `${count}, min-replicas-to-write ${least}` }
  const warning =
    `${count}, min-replicas-to-write 0: a replica that takes over may lack acknowledged ` +
    'events, which proxies that run give back. Set it to 1'
  return { warning }
}

function shown(value = 'unknown'): string {
  return PLAIN.test(value) ? value : 'unknown'
}

function unfit(message: string): ProxyError {
  return new ProxyError('engine-unfit', `proxy.engine: ${message}`)
}
