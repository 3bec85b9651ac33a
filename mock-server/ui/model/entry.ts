interface Noted {
  readonly id: number
  readonly at: string
  readonly correlation: readonly string[]
}

/** One entry of the journal, as the control API shows it. */
export type Entry = Noted &
  (
    | {
        readonly kind: 'request'
        readonly method: string
        readonly url: string
        readonly remoteAddress: string
        readonly headers: Readonly<Record<string, string>>
        readonly response: number | null
      }
    | {
        readonly kind: 'response'
        readonly request: number
        readonly method: string
        readonly url: string
        readonly user: string | null
        readonly status: number | null
        readonly headers: Readonly<Record<string, string>>
        readonly durationMs: number
        readonly bytes: number
        readonly complete: boolean
        readonly log: string | null
      }
    | {
        readonly kind: 'connect'
        readonly client: string
        readonly stream: string
        readonly path: string
        readonly user: string | null
        readonly remoteAddress: string
        readonly userAgent: string | null
        readonly lastEventId: string | null
      }
    | {
        readonly kind: 'leave'
        readonly client: string
        readonly stream: string
        readonly reason: string
        readonly events: number
        readonly bytes: number
        readonly durationMs: number
      }
    | {
        readonly kind: 'frame'
        readonly stream: string
        readonly baseUrl: string
        readonly client: string | null
        readonly clients: number
        readonly events: number
        readonly bytes: number
        readonly text: string
      }
    | {
        readonly kind: 'change'
        readonly change: {
          readonly id: number
          readonly kind: string
          readonly subject: { readonly kind: 'item' | 'person'; readonly id: number }
          readonly logs: readonly string[]
        } | null
      }
    | {
        readonly kind: 'fault'
        readonly name: string
        readonly fault: string
        readonly scope: string
        readonly request: number | null
        readonly client: string | null
      }
  )

export type EntryKind = Entry['kind']

export const ENTRY_KINDS: readonly EntryKind[] = [
  'change',
  'frame',
  'request',
  'response',
  'connect',
  'leave',
  'fault',
]
