import { expect, it } from 'vitest'

import { ITEM_STATES } from './item.ts'
import { ACTIONS, isTransition, stateAfter, transitionsFrom } from './transitions.ts'

it('every state offers ways out, and each of them leads to a state', () => {
  for (const state of ITEM_STATES) {
    const transitions = transitionsFrom(state)
    expect(transitions.length).toBeGreaterThan(0)
    for (const transition of transitions) expect(ITEM_STATES).toContain(stateAfter(transition))
  }
})

it('knows the actions that the vendor lists for a draft beside a published version', () => {
  expect(transitionsFrom('draft-published')).toEqual(['published', ...ACTIONS, 'deleted'])
})

it('takes both names of a draft beside a published version', () => {
  expect(stateAfter('submitted-published')).toBe('draft-submitted')
  expect(stateAfter('draft-submitted')).toBe('draft-submitted')
  expect(isTransition('draft-submitted') && isTransition('submitted-published')).toBe(true)
  expect(isTransition('published-draft')).toBe(false)
})
