import type { Change } from './changes/change.ts'
import type { LogBook } from './changes/log-book.ts'
import type { LogRef } from './changes/log-ref.ts'
import type { Content } from './content.ts'
import type { EffectSink } from './effect-sink.ts'
import type { ContentEffect } from './effect.ts'
import { changesOf } from './effect.ts'
import { lengthOf } from './item/content-length.ts'
import type { Author, ContentItem, ItemState } from './item/item.ts'
import { isBesidePublished } from './item/item.ts'
import type { Limits } from './limits.ts'
import { assertLength } from './limits.ts'
import type { Person } from './person.ts'
import { personLength } from './person.ts'
import type { ListChange } from './site/list-pools.ts'
import type { Section } from './site/section.ts'
import { sectionLength } from './site/section.ts'

export interface CommitsDeps {
  /** The content as it is now: a reset replaces it. */
  readonly content: () => Content
  readonly logs: LogBook
  readonly limits: Limits
  readonly sink: EffectSink<ContentEffect>
}

export interface ItemCommit {
  readonly sectionIds: readonly number[]
  readonly author?: Author | undefined
  readonly stateBefore?: ItemState | undefined
}

/**
 * Turns things as they are after a change into one effect: it is recorded, applied with its rows,
 * and announced. What a client may change is checked before. Throws `too-large`, and `full` or
 * `cannot-write` for a data folder that does not take it.
 */
export class Commits {
  readonly #deps: CommitsDeps

  constructor(deps: CommitsDeps) {
    this.#deps = deps
  }

  item(
    kind: Change['kind'],
    item: Omit<ContentItem, 'changeId'>,
    { sectionIds, author = item.author, stateBefore }: ItemCommit,
  ): Change {
    this.#assertRoom(lengthOf(item))
    const { site } = this.#content
    const { id, editedAt: at } = item
    const logs = [...site.logsOf(sectionIds), ...this.#content.listLogsOf(id)]
    const change = this.#draft({ kind, subject: { kind: 'item', id }, at, logs })
    const state = item.state === stateBefore ? null : item.state
    const line = { changeId: change.id, at, authorName: author.name, state }
    this.effect({
      kind: 'item',
      item: { ...item, changeId: change.id },
      change,
      // The edits beside a published version are recorded when they are published.
      line: isBesidePublished(item.state) ? undefined : line,
    })
    return change
  }

  person(kind: Change['kind'], person: Omit<Person, 'changeId'>): Change {
    this.#assertRoom(personLength(person))
    const { id, publicationId, editedAt: at } = person
    const logs = [{ scope: 'person', id: publicationId }] as const
    const change = this.#draft({ kind, subject: { kind: 'person', id }, at, logs })
    this.effect({ kind: 'person', person: { ...person, changeId: change.id }, change })
    return change
  }

  section(section: Section, lengthBefore: number): Section {
    this.#assertRoom(sectionLength(section) - lengthBefore)
    this.effect({ kind: 'section', section })
    return section
  }

  list({ list, itemIds }: ListChange): readonly Change[] {
    const logs: readonly LogRef[] = [{ scope: 'list', id: list.id }]
    const drafts = itemIds.map((id) => {
      return { kind: 'listed', subject: { kind: 'item', id }, at: list.editedAt, logs } as const
    })
    const changes = this.#deps.logs.draft(drafts)
    this.effect({ kind: 'list', list, changes })
    return changes
  }

  /** Listeners are called when the effect is safe. [protocol §3.3] */
  effect(effect: ContentEffect): void {
    const { logs, sink } = this.#deps
    sink.record(effect)
    this.#content.apply(effect)
    const changes = changesOf(effect)
    if (changes.length > 0) sink.whenSafe(() => changes.forEach((change) => logs.announce(change)))
  }

  get #content(): Content {
    return this.#deps.content()
  }

  #draft(draft: Omit<Change, 'id'>): Change {
    const [change] = this.#deps.logs.draft([draft])
    if (change === undefined) throw new Error('one draft makes one change')
    return change
  }

  #assertRoom(length: number): void {
    assertLength('contentLength', this.#content.length + length, this.#deps.limits)
  }
}
