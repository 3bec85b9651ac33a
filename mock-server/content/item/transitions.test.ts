import { expect, it } from 'vitest'

import { ITEM_STATES } from './item.ts'
import { ACTIONS, isTransition, stateAfter, transitionsFrom } from './transitions.ts'

it('transitionsFrom offers transitions in every state, and each leads to a state', () => {
  for (const state of ITEM_STATES) {
    const transitions = transitionsFrom(state)
    expect(transitions.length).toBeGreaterThan(0)
    for (const transition of transitions) expect(ITEM_STATES).toContain(stateAfter(transition))
  }
})

it('transitionsFrom offers the vendor’s actions for a draft of a published item', () => {
  expect(transitionsFrom('draft-published')).toEqual(['published', ...ACTIONS, 'deleted'])
})

it('stateAfter accepts both names for a draft of a published item', () => {
  expect(stateAfter('submitted-published')).toBe('draft-submitted')
  expect(stateAfter('draft-submitted')).toBe('draft-submitted')
  expect(isTransition('draft-submitted') && isTransition('submitted-published')).toBe(true)
  expect(isTransition('published-draft')).toBe(false)
})
