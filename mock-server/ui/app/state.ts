import type {
  Client,
  Editing,
  Effects,
  Fault,
  FaultPreset,
  Item,
  Mistake,
  ProxyReport,
  Run,
  Schedule,
  Section,
  Snapshot,
  Space,
  StoreInfo,
  Version,
} from '../model/api-types.ts'
import type { Call } from '../model/curl.ts'
import type { EntryKind } from '../model/entry.ts'
import type { Mix } from '../model/editing-mix.ts'
import { PLAIN_MIX } from '../model/editing-mix.ts'
import type { FaultForm } from '../model/fault-form.ts'
import { ItemIndex } from '../model/item-index.ts'
import { JournalLog } from '../model/journal-log.ts'
import type { LaneEvent } from '../model/align-lanes.ts'
import type { Route } from '../model/route.ts'
import { readRoute } from '../model/route.ts'

/** How entries of the journal reach the page, and why not by its stream. */
export interface FeedState {
  readonly mode: 'connecting' | 'live' | 'polling' | 'offline'
  readonly why: string
}

/** What a user wants done, and what has to be confirmed first. */
export interface Action {
  readonly label: string
  readonly call: Call
  /** Asks first, with this sentence. It may be hidden on shared stores. */
  readonly confirm?: string | undefined
  /** Is called with the answer. A text that it returns says what was done. */
  readonly after?: ((answer: unknown) => unknown) | undefined
}

interface Viewer {
  path: string
  user: string
  password: string
  lastEventId: string
  status: string
  text: string
}

export type Theme = 'auto' | 'light' | 'dark'

/** Everything that is shown. Only `update` changes it. */
export interface State {
  route: Route
  info: StoreInfo | undefined
  /** When `info` came, on the page's own clock. */
  infoAtMs: number
  feed: FeedState
  log: JournalLog
  /** The newest entry that is shown while the page is paused. */
  pausedAt: number | undefined
  hidden: ReadonlySet<EntryKind>
  openEntry: number | undefined
  items: ItemIndex
  isLoaded: boolean
  sections: readonly Section[]
  /** What the list shows. */
  list: {
    sectionId: number | undefined
    /** What the section is to be called; its own name when it is empty. */
    name: string
    state: string
    text: string
    scrollTop: number
  }
  item: Item | undefined
  effects: Effects | undefined
  /** What can be done to the item. */
  editing: Editing | undefined
  /** Newest first. */
  versions: readonly Version[]
  /** Of all items. */
  schedules: readonly Schedule[]
  /** Items that an action for many is for. */
  selected: ReadonlySet<number>
  /** Where they would be moved; the first section when it is undefined. */
  moveTo: number | undefined
  /** What the form of the item holds, and is not saved. */
  form: Readonly<Record<string, string>>
  /** The change of the item that the form began with. */
  formChangeId: number
  /** Who saves; the store's own editor when it is empty. */
  editAs: string
  /** What the clock is to be set to; its own time when it is empty. */
  clockAt: string
  /** When the item is to be published, as the browser writes a local time. */
  dueAt: string
  clients: readonly Client[]
  faults: readonly Fault[]
  presets: readonly FaultPreset[]
  faultForm: FaultForm
  runs: readonly Run[]
  shipped: readonly string[]
  yaml: string
  /** What is wrong with `yaml`; undefined while it is being checked. */
  mistakes: readonly Mistake[] | undefined
  snapshots: readonly Snapshot[]
  spaces: readonly Space[]
  lanes: { state: string; events: readonly LaneEvent[] }
  proxy: ProxyReport | undefined
  /** The stream that is looked at: what was asked for, and what came. */
  viewer: Viewer
  proxyForm: { url: string; adminUrl: string }
  mix: Mix
  generator: { running: boolean; done: number; wanted: number; startedMs: number; note: string }
  asking: Action | undefined
  isHelpOpen: boolean
  notice: { readonly text: string; readonly isError: boolean } | undefined
  /** The command of the action that was used or pointed at last. */
  command: string
  theme: Theme
}

export function initialState(fragment: string, theme: string | null): State {
  return {
    route: readRoute(fragment),
    info: undefined,
    infoAtMs: 0,
    feed: { mode: 'connecting', why: '' },
    log: new JournalLog(),
    pausedAt: undefined,
    hidden: new Set(),
    openEntry: undefined,
    items: new ItemIndex(),
    isLoaded: false,
    sections: [],
    list: { sectionId: undefined, name: '', state: '', text: '', scrollTop: 0 },
    item: undefined,
    effects: undefined,
    editing: undefined,
    versions: [],
    schedules: [],
    selected: new Set(),
    moveTo: undefined,
    form: {},
    formChangeId: 0,
    editAs: '',
    clockAt: '',
    dueAt: '',
    clients: [],
    faults: [],
    presets: [],
    faultForm: { kind: 'stall', scope: 'sse-open', value: '', once: false, ttlSeconds: '30' },
    runs: [],
    shipped: [],
    yaml: '',
    mistakes: [],
    snapshots: [],
    spaces: [],
    lanes: { state: 'closed', events: [] },
    proxy: undefined,
    viewer: {
      path: '/webservice/escenic/changelog/sse',
      user: 'user',
      password: 'password',
      lastEventId: '',
      status: 'closed',
      text: '',
    },
    proxyForm: { url: 'http://127.0.0.1:9080/', adminUrl: 'http://127.0.0.1:7090/' },
    mix: PLAIN_MIX,
    generator: { running: false, done: 0, wanted: 0, startedMs: 0, note: '' },
    asking: undefined,
    isHelpOpen: false,
    notice: undefined,
    command: '',
    theme: theme === 'light' || theme === 'dark' ? theme : 'auto',
  }
}
