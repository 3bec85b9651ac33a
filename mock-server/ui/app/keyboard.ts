import { writeRoute } from '../model/route.ts'
import { answer, go } from './act.ts'
import { pause, respond, state } from './app.ts'
import { moveSelection } from './edit.ts'
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

/** What also moves while the list has the focus. */
const LIST_KEYS: Readonly<Record<string, string>> = { ArrowDown: 'j', ArrowUp: 'k' }

export function listenToKeys(): void {
  addEventListener('submit', (event) => event.preventDefault())
  addEventListener('keydown', (event) => {
    if (event.ctrlKey && event.key === 'k') {
      event.preventDefault()
      focus('[data-search]')
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return
    if (event.key === 'Escape') return leave()
    if (state.asking !== undefined) return
    if (event.key === 'Enter' && !event.isComposing) pressButtonOf(event.target)
    if (isTyping(event.target)) return
    if (
      event.key === ' ' &&
      event.target instanceof HTMLElement &&
      event.target !== document.body
    ) {
      // The space bar presses what has the focus.
      if (event.target.closest('button, a, summary, input, [role=option]') !== null) return
    }
    const isInList = event.target instanceof Element && event.target.matches('[role=listbox]')
    const pressed = (isInList && LIST_KEYS[event.key]) || event.key
    const [, , run] = KEYS.find(([key]) => key === pressed) ?? []
    if (run === undefined) return
    event.preventDefault()
    run()
  })
}

/** The coloured button of the form that a field is in, once what was typed is drawn. */
function pressButtonOf(field: EventTarget | null): void {
  if (!(field instanceof HTMLInputElement)) return
  const { form } = field
  const button =
    form?.querySelector<HTMLElement>('.primary') ??
    form?.parentElement?.querySelector<HTMLElement>('.primary')
  requestAnimationFrame(() => button?.click())
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
