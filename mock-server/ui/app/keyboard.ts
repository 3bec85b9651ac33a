import { writeRoute } from '../model/route.ts'
import { answer, go } from './act.ts'
import { respond, state } from './app.ts'
import { moveSelection } from './edit.ts'
import { pause } from './pause.ts'
import { selectOpenItem } from './selection.ts'
import { publishItem } from './transition.ts'

/** What a key does, and how the help names it. */
export const KEYS: readonly (readonly [key: string, help: string, run: () => void])[] = [
  ['/', 'search', () => focus('[data-search]')],
  ['n', 'new item', () => go({ screen: 'studio', id: 'new' })],
  ['e', 'edit the open item', () => focus('[data-title]')],
  ['x', 'select the open item, or take it out', selectOpenItem],
  ['p', 'publish the selected items, or the open one', publishItem],
  ['j', 'next row', () => moveSelection(1)],
  ['k', 'previous row', () => moveSelection(-1)],
  [' ', 'pause or resume the log', pause],
  ['?', 'this help', toggleHelp],
]

export function listenToKeys(): void {
  addEventListener('keydown', (event) => {
    if (event.ctrlKey && event.key === 'k') {
      event.preventDefault()
      focus('[data-search]')
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return
    if (event.key === 'Escape') return leave()
    if (isTyping(event.target) || state.asking !== undefined) return
    if (
      event.key === ' ' &&
      event.target instanceof HTMLElement &&
      event.target !== document.body
    ) {
      // The space bar presses what has the focus.
      if (event.target.closest('button, a, summary, input, [role=option]') !== null) return
    }
    const [, , run] = KEYS.find(([key]) => key === event.key) ?? []
    if (run === undefined) return
    event.preventDefault()
    run()
  })
}

function toggleHelp(): void {
  respond(() => {
    state.isHelpOpen = !state.isHelpOpen
  })
}

/** Out of a field first, then out of what is open. */
function leave(): void {
  if (document.activeElement instanceof HTMLElement && isTyping(document.activeElement)) {
    document.activeElement.blur()
    return
  }
  if (state.asking !== undefined) return answer(false)
  if (state.isHelpOpen) return toggleHelp()
  if (state.route.id !== '') location.hash = writeRoute({ screen: state.route.screen })
}

function focus(selector: string): void {
  document.querySelector<HTMLElement>(selector)?.focus()
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches('input, textarea, select')
}
