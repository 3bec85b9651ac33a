import type { TlsClient } from '../tls/tls-client.ts'
import { engineErrorText } from './engine-error.ts'
import { newRedisClient } from './redis-client.ts'
import { type HostAndPort, nameOfAddress, type Sentinels } from './redis-target.ts'

/** What the sentinels have said. */
export interface SentinelAnswers {
  /** The address that most of them have given; undefined = none has given one. */
  readonly primary: HostAndPort | undefined
  /** How many have given it. */
  readonly votes: number
  /** Sentences about the others. */
  readonly failures: readonly string[]
}

/** What one sentinel says: where the primary is, or why that is not known. */
type Answer = HostAndPort | string

/**
 * Asks the sentinels, all at the same time, where the primary is. One that was cut off from the
 * others may still name the old one, so most votes count. `isComplete` = waits for all of them, and
 * not only for more than half that agree.
 */
export async function askSentinels(
  sentinels: Sentinels,
  {
    tls,
    withinMs,
    isComplete,
  }: {
    readonly tls: TlsClient | undefined
    readonly withinMs: number
    readonly isComplete: boolean
  },
): Promise<SentinelAnswers> {
  const { addresses } = sentinels
  const answers: Answer[] = []
  await new Promise<void>((resolve) => {
    const ask = async (address: HostAndPort): Promise<void> => {
      answers.push(await askOne(address, sentinels, tls, withinMs))
      const isDecided = !isComplete && countVotes(answers).votes > addresses.length / 2
      if (isDecided || answers.length === addresses.length) resolve()
    }
    for (const address of addresses) void ask(address)
  })
  return countVotes(answers)
}

/** Where the primary is. */
export async function findPrimary(
  sentinels: Sentinels,
  tls: TlsClient | undefined,
  withinMs: number,
): Promise<HostAndPort> {
  const answers = await askSentinels(sentinels, { tls, withinMs, isComplete: false })
  if (answers.primary !== undefined) return answers.primary
  throw new Error(`no sentinel knows the primary: ${answers.failures.join('; ')}`)
}

/** Never rejects. */
async function askOne(
  address: HostAndPort,
  { primary, credentials }: Sentinels,
  tls: TlsClient | undefined,
  withinMs: number,
): Promise<Answer> {
  const client = await newRedisClient(
    { address, credentials, tls, isTls: tls !== undefined },
    withinMs,
  )
  client.on('error', ignore)
  let timer: NodeJS.Timeout | undefined
  const tooLate = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${withinMs} ms`)), withinMs)
  })
  const ask = async (): Promise<Answer> => {
    await client.connect()
    const reply = await client.sendCommand(['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', primary])
    const found = addressOf(reply)
    return found ?? `${nameOfAddress(address)} watches no primary ${JSON.stringify(primary)}`
  }
  try {
    return await Promise.race([ask(), tooLate])
  } catch (error) {
    return `${nameOfAddress(address)}: ${engineErrorText(error)}`
  } finally {
    clearTimeout(timer)
    if (client.isOpen) client.destroy()
  }
}

/** The host and port in a reply; undefined = it has none. */
function addressOf(reply: unknown): HostAndPort | undefined {
  if (!Array.isArray(reply)) return undefined
  const [host, port] = reply.map(String)
  const number = Number(port)
  if (host === undefined || !HOST.test(host) || !Number.isInteger(number)) return undefined
  return number > 0 && number < 65_536 ? { host, port: number } : undefined
}

/** Counts what sentinels have said: an address, or a sentence about why there is none. */
export function countVotes(answers: readonly Answer[]): SentinelAnswers {
  const votes = new Map<string, { readonly address: HostAndPort; votes: number }>()
  for (const answer of answers) {
    if (typeof answer === 'string') continue
    const name = nameOfAddress(answer)
    const known = votes.get(name) ?? { address: answer, votes: 0 }
    known.votes += 1
    votes.set(name, known)
  }
  const [most] = [...votes.values()].toSorted((one, other) => other.votes - one.votes)
  const failures = answers.flatMap((answer) => {
    if (typeof answer === 'string') return answer
    if (votes.get(nameOfAddress(answer)) === most) return []
    return `another one names ${nameOfAddress(answer)} as the primary`
  })
  return { primary: most?.address, votes: most?.votes ?? 0, failures }
}

function ignore(): void {}

/** A name or an address. */
const HOST = /^[0-9A-Za-z._:-]{1,255}$/
