import { StoreClock } from '../clock/store-clock.ts'
import { demoSeed } from '../content/seed.ts'
import { ContentStore } from '../content/store.ts'
import type { SpaceKeeper } from '../durability/keep-space.ts'
import { LiveCenter } from '../live-center/live-center.ts'
import { Newsgate } from '../newsgate/newsgate.ts'
import { readSettings } from '../settings.ts'
import { StreamHub } from '../sse/stream-hub.ts'

const AUTHOR = { personId: 7, name: 'Test Editor' }
const START = Date.parse('2026-01-01T00:00:00Z')
const NOTHING = { attributes: '', title: '', author: '', reference: '', content: '' }
const MARKUP = { ...NOTHING, control: '', publication: '', others: '<a:b xmlns:a="u:a">\n</a:b>' }

/** One change: its kind, and numbers that choose what it is about. */
export interface Command {
  readonly kind: CommandKind
  readonly a: number
  readonly b: number
}

/** The kept parts of a space, without HTTP. Its clock shows the number of its commands. */
export class SpaceRig {
  readonly store: ContentStore
  readonly liveCenter: LiveCenter
  readonly newsgate: Newsgate
  readonly #keeper: SpaceKeeper
  #seconds: number

  constructor(keeper: SpaceKeeper, seconds = 0) {
    this.#keeper = keeper
    this.#seconds = seconds
    const now = (): Date => new Date(START + this.#seconds * 1_000)
    const clock = new StoreClock({ now, onFault })
    const hub = new StreamHub({ settings: readSettings([]), clock, onFault })
    const { content, live, newsgate } = keeper.sinks
    this.store = new ContentStore({ seed: demoSeed(), now, sink: content })
    this.liveCenter = new LiveCenter(now, 0, live)
    this.newsgate = new Newsgate(hub, 0, newsgate)
    keeper.load(this)
  }

  /** Runs a command. Returns what its client would be told: ids, or the text of the error. */
  run({ kind, a, b }: Command): unknown {
    this.#seconds += 1
    try {
      return COMMANDS[kind](this, a, b) ?? 'done'
    } catch (error) {
      return String(error)
    }
  }

  /** As a command that did nothing. */
  passSecond(): void {
    this.#seconds += 1
  }

  replaceAll(change: () => void): void {
    this.#keeper.replaceAll(change)
  }

  /** Everything that a client can see, by way of what routes read. */
  visible(): unknown {
    const { store, liveCenter } = this
    const { sections, publications, lists } = store.site
    const itemIds = Array.from({ length: 120 }, (_, n) => n + 780).filter((id) => store.hasItem(id))
    const logIds = [...sections, ...lists.all, ...publications].map(({ id }) => id)
    const logs = logIds.flatMap((id) =>
      (['publication', 'section', 'domain', 'person', 'list'] as const).map((scope) => {
        const log = store.logs.log({ scope, id })
        return [scope, id, log.newestId, log.before(Infinity, 999), log.after(4_000, 7)]
      }),
    )
    return {
      items: itemIds.map((id) => [store.item(id), store.history(id).before(Infinity, 999)]),
      locks: itemIds.map((id) => store.locks.of(id)),
      persons: Array.from({ length: 40 }, (_, id) => orNone(() => store.person(id))),
      author: store.authorNamed('test'),
      sections: sections.map((it) => [it, store.site.subsectionsRevision(it.id)]),
      roots: [...store.site.subsections(null)],
      publications,
      lists: lists.all,
      files: store.binaries.counts,
      bytes: store.binaries.all.map(({ binary }) => [binary.path, Buffer.from(binary.bytes)]),
      logs,
      since: [store.logs.changeId, store.logs.announcedId, store.logs.since(4_000)],
      cursor: orNone(() => store.logs.assertCursor(5_041)),
      live: Array.from({ length: 60 }, (_, id) => orNone(() => liveCenter.entry(18, id))),
      liveLog: [liveCenter.changeId, liveCenter.log(18).before(Infinity, 999)],
    }
  }
}

function onFault(error: unknown): never {
  throw error
}

function orNone(read: () => unknown): unknown {
  try {
    return read()
  } catch (error) {
    return String(error)
  }
}

function pick<T>(list: readonly T[], n: number): T | undefined {
  return list[n % list.length]
}

const itemOf = (n: number): number => 782 + (n % 30)
const sectionOf = ({ store }: SpaceRig, n: number): number => pick(store.site.sections, n)?.id ?? 1
const listOf = ({ store }: SpaceRig, n: number): number => pick(store.site.lists.all, n)?.id ?? 0

/** Every way in which clients change what is kept. */
const COMMANDS = {
  create: (rig, a, b) =>
    rig.store.createItem(
      { sectionId: sectionOf(rig, a), title: `Né "${b}"`, state: 'published' },
      AUTHOR,
    ),
  update: (rig, a, b) =>
    rig.store.updateItem(itemOf(a), {
      title: `T${b}\u2028`,
      ...(b % 2 === 0 ? {} : { payload: `<p>${'x'.repeat(b)}</p>`, kept: MARKUP }),
      ...(b % 3 === 0 ? { sectionIds: [sectionOf(rig, b)] } : {}),
      ...(b % 5 === 0 ? { state: 'draft-published' as const } : { state: 'published' as const }),
    }),
  delete: ({ store }, a) => store.deleteItem(itemOf(a)),
  person: ({ store }, _, b) => store.createPerson(1, { name: `P${b}`, kept: MARKUP }, `user${b}`),
  renamePerson: ({ store }, a, b) => store.updatePerson(7 + (a % 9), { name: `Q${b}` }),
  deletePerson: ({ store }, a) => store.deletePerson(7 + (a % 9)),
  section: (rig, a, b) =>
    rig.store.addSection({ parentId: sectionOf(rig, a), inheritsAccess: b % 2 === 0 }).id,
  removeSection: (rig, a) => rig.store.removeSections([sectionOf(rig, a)]),
  renameSection: (rig, a, b) => rig.store.updateSection(sectionOf(rig, a), { name: `S${b}` }).name,
  list: (rig, a, b) => rig.store.setListItems(listOf(rig, a), [itemOf(a), itemOf(b)]),
  insert: (rig, a, b) => rig.store.insertIntoList(listOf(rig, a), b % 3, [itemOf(b)]),
  place: (rig, a, b) => {
    const entry = pick(rig.store.site.lists.get(listOf(rig, a)).entries, b)
    return rig.store.placeInList(entry?.handle ?? 0, 1 + (a % 2), b % 2 === 0)
  },
  remove: (rig, a, b) => {
    const entry = pick(rig.store.site.lists.get(listOf(rig, a)).entries, b)
    return rig.store.removeFromList(entry?.handle ?? 0)
  },
  lock: ({ store }, a, b) =>
    store.locks.acquire({
      itemId: itemOf(a),
      fragment: b % 2 === 0 ? null : `f${b % 3}`,
      summary: 's',
      owner: AUTHOR,
    }),
  unlock: ({ store }, a) => {
    const [lock] = store.locks.of(itemOf(a))
    store.locks.release(itemOf(a), lock?.id ?? 0)
  },
  binary: ({ store }, a, b) =>
    store.binaries.add(
      'image/png',
      Uint8Array.from({ length: b }, (_, n) => (n * a) % 256),
    ).path,
  live: ({ liveCenter }, _, b) =>
    liveCenter.createEntry(18, { tags: [`t${b}`], payload: [{ name: 'n', value: 'ü' }] }, 'A'),
  changeLive: ({ liveCenter }, a, b) =>
    liveCenter.updateEntry(18, 1 + (a % 15), { isSticky: b % 2 === 0 }),
  deleteLive: ({ liveCenter }, a) => liveCenter.deleteEntry(18, 1 + (a % 15)),
  newsgate: ({ newsgate }) => newsgate.publish({}),
  reset: (rig) =>
    rig.replaceAll(() => {
      rig.store.reset()
      rig.liveCenter.reset()
    }),
} as const satisfies Readonly<Record<string, (rig: SpaceRig, a: number, b: number) => unknown>>

type CommandKind = keyof typeof COMMANDS

export const COMMAND_KINDS = Object.keys(COMMANDS).filter(isCommandKind)

function isCommandKind(name: string): name is CommandKind {
  return Object.hasOwn(COMMANDS, name)
}

/** A command of each kind but a reset. Each succeeds after those before it. */
export const ONE_OF_EACH: readonly Command[] = COMMAND_KINDS.filter((kind) => kind !== 'reset').map(
  // Only the new section, the last of six, can be removed.
  (kind) => ({ kind, a: kind === 'removeSection' ? 5 : 19, b: 1 }),
)
