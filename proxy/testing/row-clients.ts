import { eventually } from './deadline.ts'
import { DeliveryOracle } from './delivery-oracle.ts'
import type { NumberedBackEnd } from './numbered-back-end.ts'
import { numberedOf } from './numbered-events.ts'
import type { ReadEvent } from './reference-reader.ts'
import { type Place, ReturningClient } from './returning-client.ts'
import { IdOracle } from './row/row-oracle.ts'

/** A back end with numbered events. */
type Numbered = Pick<NumberedBackEnd, 'name' | 'told'>

interface Client {
  readonly reader: ReturningClient
  readonly oracle: DeliveryOracle
  readonly events: ReadEvent[]
}

/** A client at each of these places of a row. One that loses its stream goes to the next proxy. */
export class RowClients implements AsyncDisposable {
  readonly #backEnd: Numbered
  readonly #clients: readonly Client[]
  readonly #faults: string[] = []

  private constructor(places: readonly Place[], backEnd: Numbered) {
    this.#backEnd = backEnd
    const ids = new IdOracle((text) => void this.#faults.push(text))
    this.#clients = places.map((first, index) => {
      const oracle = new DeliveryOracle(new Map([[backEnd.name, backEnd.told.last]]))
      const events: ReadEvent[] = []
      const others = [...places.slice(index + 1), ...places.slice(0, index)]
      const reader = new ReturningClient([first, ...others], 'stream', (event) => {
        oracle.take(event)
        events.push(event)
        // After a gap, change logs are announced again in events without an id.
        if (oracle.gaps === 0 || numberedOf(event.data)?.kind === 'text') {
          ids.take(event.lastEventId, event.data)
        }
      })
      return { reader, oracle, events }
    })
  }

  /** Connects the clients. What counts is what the back end sends from now on. */
  static async connect(places: readonly Place[], backEnd: Numbered): Promise<RowClients> {
    const clients = new RowClients(places, backEnd)
    for (const { reader } of clients.#clients) await reader.come()
    return clients
  }

  /** Waits until these clients have every event; by default all of them. */
  async haveAll(indexes: readonly number[] = [...this.#clients.keys()]): Promise<void> {
    const { name, told } = this.#backEnd
    for (const index of indexes) {
      await eventually(`client ${index} has every event`, () =>
        this.#client(index).oracle.isUpTo(name, told),
      )
    }
  }

  async move(index: number): Promise<void> {
    await this.#client(index).reader.move()
  }

  eventsOf(index: number): readonly ReadEvent[] {
    return this.#client(index).events
  }

  /** What is wrong: an event lost, doubled or out of order without a gap event, or an id used twice. */
  get faults(): readonly string[] {
    const told = new Map([[this.#backEnd.name, this.#backEnd.told]])
    const wrong = this.#clients.flatMap(({ oracle }, index) =>
      oracle.faults(told).map((fault) => `client ${index}: ${fault}`),
    )
    return [...this.#faults, ...wrong]
  }

  /** How many gap events each client has got. */
  get gaps(): readonly number[] {
    return this.#clients.map(({ oracle }) => oracle.gaps)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { reader } of this.#clients) await reader[Symbol.asyncDispose]()
  }

  #client(index: number): Client {
    const client = this.#clients[index]
    if (client === undefined) throw new RangeError(`there is no client ${index}`)
    return client
  }
}
