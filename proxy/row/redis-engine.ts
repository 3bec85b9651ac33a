import { announcedUrl } from './announced-url.ts'
import {
  CALL_MS,
  type Change,
  type Engine,
  type Entry,
  type KnownUrl,
  type LogHead,
  type NewEntry,
  type Page,
  PAGE_URLS,
  type Refusal,
} from './engine.ts'
import type { Epoch } from './epochs.ts'
import { RedisConnection } from './redis-connection.ts'
import * as scripts from './redis-scripts.ts'
import type { RedisTarget } from './redis-target.ts'

export interface RedisEngineOptions extends RedisTarget {
  /** Name of the row, which begins its keys. */
  readonly name: string
  /** About how many entries the log keeps. */
  readonly maxFrames: number
  /** Age at which an entry leaves the log, by the clock of Redis. */
  readonly maxAgeMs: number
  /** Most change log URLs that are kept. */
  readonly maxUrls: number
  /** Time that a call may take, besides its wait; default `CALL_MS`. */
  readonly callMs?: number
}

const REFUSALS: ReadonlySet<string> = new Set<Refusal>(['not-leader', 'moved', 'unsettled'])

/** The shared log in Redis 7 or Valkey, as a stream. All keys of a row are in one slot of a cluster. */
export class RedisEngine implements Engine {
  readonly #options: RedisEngineOptions
  readonly #commands: RedisConnection
  /** A command that waits holds up the others of its connection. */
  readonly #waiting: RedisConnection
  readonly #slackMs: number
  readonly #log: readonly [log: string, meta: string, urls: string]

  constructor(options: RedisEngineOptions) {
    const { callMs = CALL_MS } = options
    this.#options = options
    this.#slackMs = callMs * SLACK_PART
    this.#commands = new RedisConnection(options, callMs)
    this.#waiting = new RedisConnection(options, callMs)
    this.#log = [this.#key('log'), this.#key('meta'), this.#key('urls')]
  }

  readonly read: Engine['read'] = async (after, waitMs) => {
    const connection = waitMs > 0 ? this.#waiting : this.#commands
    const page = await this.#page(connection, after)
    const { head, entries } = page
    if (waitMs === 0 || entries.length > 0 || !head.isSettled || head.number !== after) return page
    const block = String(Math.ceil(waitMs))
    const from = `0-${after}`
    // Never 0: a stream that is deleted ends no wait.
    await connection.send(
      ['XREAD', 'COUNT', '1', 'BLOCK', block, 'STREAMS', this.#log[0], from],
      waitMs + this.#slackMs,
    )
    return await this.#page(connection, after)
  }

  readonly append: Engine['append'] = async ({ backEnd, owner, term }, after, entries) => {
    const { maxFrames, maxAgeMs, maxUrls } = this.#options
    const keys = [...this.#log, this.#lease(backEnd)]
    const args = [owner, ...[term, after, maxFrames, maxAgeMs, maxUrls].map(String)]
    const fields = entries.flatMap((entry) => this.#fieldsOf(entry))
    return await this.#change(scripts.APPEND, keys, [...args, ...fields])
  }

  readonly heal: Engine['heal'] = async (seen, epochs, entries) => {
    const names = epochs.map(({ name, base }) => `${name}>${base}`).join()
    const args = [...whereSeen(seen), names, String(this.#options.maxUrls)]
    const fields = entries.flatMap((entry) => [String(entry.number), ...this.#fieldsOf(entry)])
    return await this.#change(scripts.HEAL, this.#log, [...args, ...fields])
  }

  readonly settle: Engine['settle'] = async (seen, epoch) =>
    await this.#change(scripts.SETTLE, this.#log, [...whereSeen(seen), epoch, seen.run])

  readonly acquire: Engine['acquire'] = async (backEnd, owner, leaseMs) => {
    const keys = [this.#lease(backEnd), this.#key('terms')]
    const term = await this.#commands.run(scripts.ACQUIRE, keys, [backEnd, owner, String(leaseMs)])
    return term === 0 ? undefined : Number(term)
  }

  readonly renew: Engine['renew'] = async ({ backEnd, owner, term }, leaseMs) => {
    const args = [owner, String(term), String(leaseMs)]
    return (await this.#commands.run(scripts.RENEW, [this.#lease(backEnd)], args)) === 1
  }

  readonly release: Engine['release'] = async ({ backEnd, owner, term }) => {
    await this.#commands.run(scripts.RELEASE, [this.#lease(backEnd)], [owner, String(term)])
  }

  readonly urls: Engine['urls'] = async (from) => {
    const reply = await this.#commands.run(scripts.URLS, this.#log, [String(from ?? '-inf')])
    const [head, page] = listOf(reply)
    const texts = listOf(page).map(textOf)
    const urls = texts.filter((_text, index) => index % 2 === 0).map(urlOf)
    const next = urls.length < PAGE_URLS ? undefined : Number(texts.at(-1)) + 1
    return { head: headOf(head), urls, next }
  }

  readonly remember: Engine['remember'] = async (urls) => {
    const args = [String(this.#options.maxUrls), ...urls.map(memberOf)]
    await this.#commands.run(scripts.REMEMBER, this.#log, args)
  }

  readonly forget: Engine['forget'] = async (urls) => {
    await this.#commands.run(scripts.FORGET, [this.#log[2]], urls.map(memberOf))
  }

  readonly close = (): void => {
    this.#commands.close()
    this.#waiting.close()
  }

  async #page(connection: RedisConnection, after: number): Promise<Page> {
    const args = [String(after), String(this.#options.maxAgeMs)]
    const [head, entries] = listOf(await connection.run(scripts.READ, this.#log, args))
    return { head: headOf(head), entries: listOf(entries).map(entryOf) }
  }

  async #change(
    script: scripts.RedisScript,
    keys: readonly string[],
    args: readonly (string | Buffer)[],
  ): Promise<Change> {
    const reply = await this.#commands.run(script, keys, args)
    const refusal = textOf(listOf(reply)[0])
    return { refusal: isRefusal(refusal) ? refusal : undefined, head: headOf(reply) }
  }

  #fieldsOf({ backEnd, owner, sequence, upstreamId, frame }: NewEntry) {
    const url = this.#options.maxUrls === 0 ? undefined : announcedUrl(frame)
    const member = url === undefined ? '' : memberOf({ backEnd, url })
    return [backEnd, owner, String(sequence), upstreamId, frame, member]
  }

  #lease(backEnd: string): string {
    return this.#key(`lease:${backEnd}`)
  }

  #key(what: string): string {
    return `{${this.#options.name}}:${what}`
  }
}

/** How much longer than its wait a command may take. With a wait of 2 s it is found mute after 3 s. */
const SLACK_PART = 1 / 3

/** In the set of URLs. No name of a back end has a space. */
function memberOf({ backEnd, url }: KnownUrl): string {
  return `${backEnd} ${url}`
}

function urlOf(member: string): KnownUrl {
  const space = member.indexOf(' ')
  const url = member.slice(space + 1)
  // It goes to clients.
  if (space === -1 || announcedUrl(Buffer.from(`data: ${url}\n\n`)) !== url) throw unexpected()
  return { backEnd: member.slice(0, space), url }
}

function whereSeen({ number, epochs }: LogHead): readonly string[] {
  return [String(number), epochs.at(-1)?.name ?? '']
}

function isRefusal(text: string): text is Refusal {
  return REFUSALS.has(text)
}

function headOf(reply: unknown): LogHead {
  const [, epochs, number, isSettled, run, urlRevision] = listOf(reply).map(textOf)
  return {
    epochs: epochs === '' ? [] : (epochs ?? '').split(',').map(epochOf),
    number: wholeNumber(number),
    isSettled: isSettled === '1',
    run: run ?? '',
    urlRevision: wholeNumber(urlRevision),
  }
}

function epochOf(text: string): Epoch {
  const [name = '', base] = text.split('>')
  return { name, base: wholeNumber(base) }
}

function entryOf(reply: unknown): Entry {
  const [id, fields] = listOf(reply)
  const [, backEnd, , owner, , sequence, , upstreamId, , frame] = listOf(fields)
  if (!Buffer.isBuffer(frame)) throw unexpected()
  return {
    number: wholeNumber(textOf(id).slice(2)),
    backEnd: textOf(backEnd),
    owner: textOf(owner),
    sequence: wholeNumber(textOf(sequence)),
    upstreamId: textOf(upstreamId),
    frame,
  }
}

function listOf(reply: unknown): readonly unknown[] {
  if (!Array.isArray(reply)) throw unexpected()
  return reply
}

function textOf(reply: unknown): string {
  if (typeof reply !== 'string' && !Buffer.isBuffer(reply)) throw unexpected()
  return reply.toString()
}

function wholeNumber(text = ''): number {
  const number = Number(text)
  if (text === '' || !Number.isSafeInteger(number) || number < 0) throw unexpected()
  return number
}

function unexpected(): Error {
  return new Error('the keys of this row in Redis hold something else than its log')
}
