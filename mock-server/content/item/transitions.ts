import type { ContentItem, ItemState } from './item.ts'
import { isItemState } from './item.ts'

/**
 * Actions that a client may request besides states: they are in the transition document but are not
 * states.
 */
export const ACTIONS = [
  'revert',
  'submitted-published',
  'approved-published',
  'un-publish-keep',
  'un-publish-revert',
] as const

type Action = (typeof ACTIONS)[number]

/** A state by name, or an action. */
export type Transition = ItemState | Action

const NEVER_PUBLISHED: readonly Transition[] = [
  'draft',
  'submitted',
  'approved',
  'published',
  'deleted',
]
const WITH_DRAFT: readonly Transition[] = [
  'published',
  'revert',
  'submitted-published',
  'approved-published',
  'un-publish-keep',
  'un-publish-revert',
  'deleted',
]

const TRANSITIONS: Readonly<Record<ItemState, readonly Transition[]>> = {
  draft: NEVER_PUBLISHED,
  submitted: NEVER_PUBLISHED,
  approved: NEVER_PUBLISHED,
  published: ['published', 'draft-published', 'un-publish-keep', 'deleted'],
  'draft-published': WITH_DRAFT,
  'draft-submitted': WITH_DRAFT,
  'draft-approved': WITH_DRAFT,
  deleted: ['draft'],
}

/** The transitions in the transition document of a state. */
export function transitionsFrom(state: ItemState): readonly Transition[] {
  return TRANSITIONS[state]
}

export function isTransition(name: string): name is Transition {
  return isItemState(name) || ACTIONS.some((action) => action === name)
}

/** The state that a transition leads to. A draft of a published item has two names in use. */
export function stateAfter(transition: Transition): ItemState {
  switch (transition) {
    case 'revert':
      return 'published'
    case 'submitted-published':
      return 'draft-submitted'
    case 'approved-published':
      return 'draft-approved'
    case 'un-publish-keep':
    case 'un-publish-revert':
      return 'draft'
    default:
      return transition
  }
}

/**
 * The state that `app:draft` alone requests. Undefined when the item already has it. [protocol
 * §2.5]
 */
export function stateForDraft(
  isDraft: boolean,
  item: ContentItem | undefined,
): ItemState | undefined {
  if (!isDraft) return 'published'
  if (item === undefined) return 'draft'
  return item.state === 'published' ? 'draft-published' : undefined
}
