import type {
  Change,
  Entry,
  KnownUrl,
  Lease,
  LogHead,
  NewEntry,
  Page,
  UrlPage,
} from '../../row/engine.ts'
import { RedisEngine, type RedisEngineOptions } from '../../row/redis-engine.ts'
import { eventually } from '../deadline.ts'
import type { RunningRedis } from '../run-redis.ts'
import { EngineState } from './engine-state.ts'

/** A call of the port, or what happens to an engine. Numbers select one of those that exist. */
export type EngineStep =
  | { readonly kind: 'acquire' | 'renew' | 'release'; readonly owner: number }
  /** `off` = how wrong the caller is about the number of the newest entry. */
  | {
      readonly kind: 'append'
      readonly owner: number
      readonly count: number
      readonly off: number
    }
  /** `isOld` = whether the caller knows the head of one step ago. */
  | { readonly kind: 'heal'; readonly count: number; readonly isOld: boolean }
  | { readonly kind: 'settle'; readonly isOld: boolean }
  /** A URL with one of a few numbers, or several of them. */
  | { readonly kind: 'remember' | 'forget'; readonly first: number; readonly count: number }
  | { readonly kind: 'restart' | 'evict entries' | 'evict urls' | 'evict all' }

/** What Redis has answered, and what the model says. */
export interface Answers {
  readonly actual: unknown
  readonly expected: unknown
}

/** No lease expires during a test. */
const LEASE_MS = 600_000
const NO_LEASE: Lease = { backEnd: 'store', owner: 'none', term: 1 }

/** Redis, and the engine in memory that the model test uses. Both get the same calls. */
export class EnginePair {
  readonly #redis: RunningRedis
  readonly #name: string
  readonly #engine: RedisEngine
  readonly #model: EngineState
  readonly #leases = new Map<number, Lease>()
  #made = 0
  #before: LogHead
  /** Runs of Redis, which has names of its own for them: now, and one step ago. */
  #run = ''
  #runBefore = ''

  constructor(redis: RunningRedis, options: Omit<RedisEngineOptions, 'url'>) {
    this.#redis = redis
    this.#name = options.name
    this.#engine = new RedisEngine({ ...options, url: redis.url })
    this.#model = new EngineState(options)
    this.#before = this.#model.head
  }

  /** Takes the step, and then reads the log and the URLs. */
  async take(step: EngineStep): Promise<readonly Answers[]> {
    const { head } = this.#model
    if (this.#run === '') {
      this.#run = (await this.#read()).head.run
      this.#runBefore = this.#run
    }
    const answers = await this.#take(step)
    this.#before = head
    this.#runBefore = this.#run
    const actual = await this.#read()
    this.#run = actual.head.run
    const urls = seenUrls(await this.#engine.urls())
    return [
      answers,
      { actual: seenPage(actual), expected: seenPage(this.#model.read(0, 0)) },
      { actual: urls, expected: seenUrls(this.#model.urls()) },
    ]
  }

  close(): void {
    this.#engine.close()
  }

  async #read(): Promise<Page> {
    // The first call after a restart may meet the connection that was lost.
    return await eventually('Redis answers', async () =>
      this.#engine.read(0, 0).catch(() => undefined),
    )
  }

  async #take(step: EngineStep): Promise<Answers> {
    switch (step.kind) {
      case 'acquire':
        return await this.#acquire(step.owner)
      case 'renew': {
        const lease = this.#leases.get(step.owner) ?? NO_LEASE
        const actual = await this.#engine.renew(lease, LEASE_MS)
        return { actual, expected: this.#model.renew(lease, LEASE_MS, 0) }
      }
      case 'release': {
        const lease = this.#leases.get(step.owner) ?? NO_LEASE
        const actual = await this.#engine.release(lease)
        return { actual, expected: this.#model.release(lease) }
      }
      case 'append':
        return await this.#append(step)
      case 'heal':
      case 'settle':
        return await this.#repair(step)
      case 'remember':
      case 'forget': {
        const urls = Array.from({ length: step.count }, (_, index) => urlOf(step.first + index))
        const actual = await this.#engine[step.kind](urls)
        return { actual, expected: this.#model[step.kind](urls) }
      }
      default:
        return await this.#harm(step.kind)
    }
  }

  async #acquire(index: number): Promise<Answers> {
    this.#made += 1
    const owner = `${index}.${this.#made}`
    const expected = this.#model.acquire('store', owner, LEASE_MS, 0)
    const actual = await this.#engine.acquire('store', owner, LEASE_MS)
    if (expected !== undefined) this.#leases.set(index, { backEnd: 'store', owner, term: expected })
    return { actual, expected }
  }

  async #append(step: Extract<EngineStep, { kind: 'append' }>): Promise<Answers> {
    const lease = this.#leases.get(step.owner) ?? NO_LEASE
    const entries = Array.from({ length: step.count }, () => this.#newEntry())
    const after = Math.max(0, this.#model.head.number + step.off)
    const actual = seenChange(await this.#engine.append(lease, after, entries))
    return { actual, expected: seenChange(this.#model.append(lease, after, entries, 0)) }
  }

  async #repair(step: Extract<EngineStep, { kind: 'heal' | 'settle' }>): Promise<Answers> {
    const at = step.isOld ? this.#before : this.#model.head
    this.#made += 1
    const epoch = `e${this.#made}`
    if (step.kind === 'settle') {
      const run = step.isOld ? this.#runBefore : this.#run
      const actual = seenChange(await this.#engine.settle({ ...at, run }, epoch))
      return { actual, expected: seenChange(this.#model.settle(at, epoch)) }
    }
    const isEmpty = at.epochs.length === 0
    const epochs = isEmpty ? [{ name: epoch, base: 0 }] : at.epochs
    const first = isEmpty ? 7 : at.number + 1
    const entries: readonly Entry[] = Array.from({ length: step.count }, (_, index) => ({
      ...this.#newEntry(),
      number: first + index,
    }))
    const actual = seenChange(await this.#engine.heal(at, epochs, entries))
    return { actual, expected: seenChange(this.#model.heal(at, epochs, entries, 0)) }
  }

  async #harm(kind: keyof typeof HARMS | 'restart'): Promise<Answers> {
    if (kind === 'restart') {
      await this.#redis.killAndRestart()
      this.#model.restart()
    } else {
      const { what, keys } = HARMS[kind]
      await this.#redis.command('DEL', ...keys.map((key) => `{${this.#name}}:${key}`))
      this.#model.evict(what)
    }
    return { actual: undefined, expected: undefined }
  }

  #newEntry(): NewEntry {
    this.#made += 1
    const isUrl = this.#made % 2 === 0
    const frame = isUrl
      ? Buffer.from(`data: ${urlOf(this.#made / 2).url}\n\n`)
      : Buffer.from([0xff, 0x0a, this.#made % 256])
    const upstreamId = `ü${this.#made}`
    return { backEnd: 'store', owner: 'a', sequence: this.#made, upstreamId, frame }
  }
}

const HARMS = {
  'evict entries': { what: 'entries', keys: ['log'] },
  'evict urls': { what: 'urls', keys: ['urls'] },
  // A server that is short of memory may drop the epochs and keep the entries.
  'evict all': { what: 'all', keys: ['meta', 'terms', 'lease:store', 'urls'] },
} as const

/** More than an engine keeps. */
const URLS = 12

function urlOf(number: number): KnownUrl {
  return { backEnd: 'store', url: `http://store.example/${number % URLS}` }
}

/** The runs of the two have different names. */
const seen = ({ run: _run, ...head }: LogHead) => head
const seenPage = ({ head, entries }: Page) => ({ head: seen(head), entries })
const seenUrls = ({ head, urls }: UrlPage) => ({ head: seen(head), urls })
const seenChange = ({ refusal, head }: Change) => ({ refusal, head: seen(head) })
