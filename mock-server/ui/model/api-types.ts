/** What the control API answers, as far as the page uses it. */

interface ClockState {
  readonly frozen: boolean
  readonly at: string
  readonly offsetMs?: number
}

export interface StoreInfo {
  readonly startedAt: string
  readonly clock: ClockState
  readonly changeId: number
  readonly items: number
  readonly sections: number
  readonly clients: number
  readonly workers: { readonly busy: number; readonly waiting: number }
  readonly journal: { readonly cursor: number; readonly goneUpTo: number }
  readonly settings: Readonly<Record<string, unknown>>
}

/** In the order in which an editor meets them. */
export const ITEM_STATES = [
  'draft',
  'submitted',
  'approved',
  'published',
  'draft-published',
  'draft-submitted',
  'draft-approved',
  'deleted',
] as const

export interface ListedItem {
  readonly id: number
  readonly changeId: number
  readonly sectionIds: readonly number[]
  readonly type: string
  readonly title: string
  readonly state: string
  readonly author: { readonly personId: number; readonly name: string }
  readonly editedAt: string
}

export interface Item extends ListedItem {
  readonly payload: string | null
  readonly homeSectionId: number
  readonly createdAt: string
  readonly publishedAt: string | null
}

/** What can be done to an item now. */
export interface Editing {
  readonly transitions: readonly { readonly to: string; readonly label: string }[]
  readonly locks: readonly { readonly id: number; readonly user: string }[]
}

/** An item as it was after one of its changes. */
export interface Version {
  readonly changeId: number
  readonly title: string
  readonly state: string
  readonly editedAt: string
  readonly editor: string | null
}

/** What an item goes through later. */
export interface Schedule {
  readonly id: number
  readonly itemId: number
  readonly to: string
  readonly at: string
}

interface Timed {
  readonly at: string
  readonly afterMs: number | null
}

interface Who {
  readonly remoteAddress: string
  readonly userAgent: string | null
  readonly user: string | null
}

/** What followed from one change. */
export interface Effects {
  readonly change: { readonly at: string; readonly logs: readonly string[] } | null
  readonly lines: readonly (Timed & { readonly text: string; readonly clients: number })[]
  readonly moreLines: number
  readonly clients: readonly (Who & {
    readonly client: string
    readonly left: boolean
    readonly deliveries: readonly Timed[]
  })[]
  readonly moreClients: number
  readonly readers: readonly (Who & {
    readonly clients: readonly string[]
    readonly polls: readonly (Timed & { readonly log: string; readonly status: number | null })[]
  })[]
  readonly morePolls: number
  readonly faults: readonly (Timed & {
    readonly name: string
    readonly fault: string
    readonly client: string | null
  })[]
  readonly moreFaults: number
}

export interface Section {
  readonly id: number
  readonly parentId: number | null
  readonly name: string
  readonly inheritsAccess: boolean
  readonly log: string
}

export interface Client {
  readonly id: string
  readonly stream: string
  readonly path: string
  readonly host: string | null
  readonly user: string | null
  readonly since: string
  readonly remoteAddress: string
  readonly userAgent: string | null
  readonly lastEventId: string | null
  readonly events: number
  readonly bytes: number
  readonly backlog: number
  readonly lastEvent: { readonly at: string; readonly text: string } | null
}

export interface Fault {
  readonly name: string
  readonly kind: string
  readonly scope?: string
  readonly requests?: number
  readonly strikes?: number
  readonly isHealed?: boolean
  readonly endsInMs?: number | null
  readonly [parameter: string]: unknown
}

export interface FaultPreset {
  readonly name: string
  readonly summary: string
}

export interface Run {
  readonly id: number
  readonly name: string
  readonly state: 'running' | 'paused' | 'passed' | 'failed'
  readonly at: string
  readonly next?: string
  readonly steps: number
  readonly message?: string
  readonly result?: {
    readonly seed: number
    readonly edits: number
    readonly ms: number
    readonly clients: readonly {
      readonly events: number
      readonly polls: number
      readonly failedPolls: number
      readonly reconnects: number
    }[]
  }
}

/** A mistake in a scenario. */
export interface Mistake {
  readonly line: number
  readonly column: number
  readonly path: string
  readonly message: string
}

export interface Snapshot {
  readonly name: string
  readonly savedAt: string
  readonly changeId: number
  readonly items: number
}

export interface Space {
  readonly name: string
  readonly path: string
  readonly items: number
  readonly clients: number
}

/** What a page of the proxy's admin port said; status 0 when it could not be read. */
export interface AdminPage {
  readonly status: number
  readonly text: string
}

export interface ProxyReport {
  readonly url: string
  readonly adminUrl: string
  readonly health: AdminPage | null
  readonly metrics: AdminPage | null
}
