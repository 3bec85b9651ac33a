import type { RawClient } from '../../../client/raw-client.ts'
import type { Rig } from '../../../rig/rig.ts'
import type { RowFront } from '../../../runner/target.ts'
import { Deadline } from '../../../runner/responsive-time.ts'
import { dataOf, gapsOf } from '../../clients/events-of.ts'

/** A client at a front, with an id or without. */
export async function clientAt(t: Rig, front: RowFront, id?: string): Promise<RawClient> {
  const fields = id === undefined ? [] : [{ name: 'Last-Event-ID', value: id }]
  const client = t.connect({ fields }, front.url)
  await t.opens(client)
  return client
}

/** A client at a front that has just been started again. */
export async function clientAgainAt(t: Rig, front: RowFront, id?: string): Promise<RawClient> {
  const fields = id === undefined ? [] : [{ name: 'Last-Event-ID', value: id }]
  const deadline = new Deadline(t.reconnectMs + t.holdMs)
  for (;;) {
    const client = t.connect({ fields }, front.url)
    await t.eventually(() => client.head !== undefined || client.closed)
    if (client.head?.status === 200) {
      deadline.clear()
      return client
    }
    client.close()
    t.expect(!deadline.reached, `${front.url} serves no client again`, 'missed')
    await t.pause(50)
  }
}

export function lastIdOf(client: RawClient): string {
  return client.lastEventId.toString('latin1')
}

/** A client that comes back to its front with its last id when its stream ends, as browsers do. */
export class Follower {
  readonly #t: Rig
  readonly #front: RowFront
  /** Its connections, oldest first. */
  readonly #parts: RawClient[]

  private constructor(t: Rig, front: RowFront, first: RawClient) {
    this.#t = t
    this.#front = front
    this.#parts = [first]
  }

  static async start(t: Rig, front: RowFront): Promise<Follower> {
    return new Follower(t, front, await clientAt(t, front))
  }

  get data(): readonly string[] {
    return this.#parts.flatMap(dataOf)
  }

  /** Id and data of each event. */
  get events(): readonly (readonly [id: string, data: string])[] {
    return this.#parts.flatMap(({ events }) =>
      events.map(({ data, lastEventId }) => {
        return [lastEventId.toString('latin1'), data.toString()] as const
      }),
    )
  }

  /** The id of the event with this data. */
  idOf(data: string): string | undefined {
    return this.events.findLast(([, text]) => text === data)?.[0]
  }

  get gaps(): number {
    return this.#parts.reduce((sum, part) => sum + gapsOf(part), 0)
  }

  /** Waits until it has read the event with this data, on this connection or a later one. */
  async reads(data: string): Promise<void> {
    const t = this.#t
    const deadline = new Deadline(t.reconnectMs + t.holdMs)
    const has = (): boolean => this.#parts.some((part) => part.hasEvent(data))
    for (;;) {
      const current = this.#parts.at(-1)
      if (await t.eventually(() => has() || isOver(current))) {
        if (has()) break
        this.#parts.push(await clientAgainAt(t, this.#front, this.#lastId))
      }
      t.expect(
        !deadline.reached,
        `a client did not get the event ${JSON.stringify(data)}`,
        'missed',
      )
    }
    deadline.clear()
  }

  get #lastId(): string | undefined {
    return this.#parts.map(lastIdOf).findLast((id) => id !== '')
  }
}

/** Its connection may persist. */
function isOver(client: RawClient | undefined): boolean {
  return client === undefined || client.closed || client.state === 'complete'
}
