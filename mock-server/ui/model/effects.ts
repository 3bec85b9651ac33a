import type { Effects } from './api-types.ts'

type Client = Effects['clients'][number]
type Reader = Effects['readers'][number]

/** A client or a reader, with what reached it and what it asked for. */
export interface EffectRow {
  /** Undefined for a reader that has no stream. */
  readonly client: Client | undefined
  readonly who: Pick<Reader, 'remoteAddress' | 'userAgent' | 'user'>
  readonly polls: Reader['polls']
  /** How many clients look like the one that polled: 1 when it is known which of them it was. */
  readonly alike: number
}

/** One row for each client that a line was sent to, and for each reader without a stream. */
export function effectRows({ clients, readers }: Effects): readonly EffectRow[] {
  return [
    ...clients.map((client) => {
      const reader = readers.find((each) => each.clients.includes(client.client))
      const { polls = [], clients: alike = [] } = reader ?? {}
      return { client, who: client, polls, alike: Math.max(1, alike.length) }
    }),
    ...readers
      .filter((reader) => reader.clients.length === 0)
      .map((reader) => ({ client: undefined, who: reader, polls: reader.polls, alike: 1 })),
  ]
}
