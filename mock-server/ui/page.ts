import { start, state, update } from './app/app.ts'
import { listenToKeys } from './app/keyboard.ts'
import { showRoute } from './app/navigate.ts'
import { startPulse } from './app/pulse.ts'
import { render } from './lit.ts'
import { pageView } from './views/page.ts'

const root = document.querySelector<HTMLElement>('#page')
if (root === null) throw new Error('expected an element #page')
root.replaceChildren()

start(() => {
  document.documentElement.dataset['theme'] = state.theme
  render(pageView(state), root)
  const dialog = root.querySelector('dialog')
  if (dialog?.open === false) dialog.showModal()
})
listenToKeys()
addEventListener('hashchange', () => showRoute(location.hash))
showRoute(location.hash)
// The clock in the header runs on between two answers of the store.
setInterval(() => update(() => {}), 1_000)
void startPulse()
