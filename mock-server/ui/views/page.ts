import { answer, copy } from '../app/act.ts'
import { KEYS } from '../app/keyboard.ts'
import type { State } from '../app/state.ts'
import type { TemplateResult } from '../lit.ts'
import { html, nothing } from '../lit.ts'
import type { Screen } from '../model/route.ts'
import { SCREENS as SCREEN_NAMES, writeRoute } from '../model/route.ts'
import { clientsView } from './clients.ts'
import { faultsView } from './faults.ts'
import { generatorView } from './generator.ts'
import { button, pair } from './controls.ts'
import { headerView } from './header.ts'
import { logView } from './log.ts'
import { scenariosView } from './scenarios.ts'
import { streamsView } from './streams.ts'
import { studioView } from './studio.ts'
import { toolsView } from './tools.ts'

const SCREENS: Readonly<
  Record<Screen, { readonly name: string; readonly view: (state: State) => TemplateResult }>
> = {
  studio: { name: 'Studio', view: studioView },
  log: { name: 'Live log', view: logView },
  streams: { name: 'Side by side', view: streamsView },
  clients: { name: 'Clients', view: clientsView },
  faults: { name: 'Faults', view: faultsView },
  generator: { name: 'Generator', view: generatorView },
  scenarios: { name: 'Scenarios', view: scenariosView },
  tools: { name: 'Tools', view: toolsView },
}

/** The whole page. */
export function pageView(state: State): TemplateResult {
  const { screen } = state.route
  return html`
    ${headerView(state)}
    <nav aria-label="Screens">
      ${SCREEN_NAMES.map(
        (key) =>
          html`<a
            href=${writeRoute({ screen: key })}
            aria-current=${key === screen ? 'page' : nothing}
            >${SCREENS[key].name}</a
          >`,
      )}
    </nav>
    <main class=${screen} aria-label=${SCREENS[screen].name}>${SCREENS[screen].view(state)}</main>
    ${commandBar(state)} ${state.isHelpOpen ? helpView() : nothing}
    ${
      state.asking === undefined
        ? nothing
        : html`<dialog role="alertdialog" aria-label="Please confirm" class="dialog">
            <p>${state.asking.confirm}</p>
            <div class="bar">
              ${button('Cancel', () => answer(false))}
              ${button(state.asking.label, () => answer(true), 'danger')}
            </div>
          </dialog>`
    }
  `
}

function commandBar({ command, notice }: State): TemplateResult {
  return html`<footer>
    <p role="status" class=${notice?.isError === true ? 'bad' : ''}>${notice?.text ?? ''}</p>
    ${
      command === ''
        ? html`<small>Each button is a call of the control API; its curl line appears here.</small>`
        : html`<code data-testid="command" tabindex="0" aria-label="Command">${command}</code>
            ${button('Copy', () => void copy(command))}`
    }
  </footer>`
}

function helpView(): TemplateResult {
  return html`<aside class="dialog help" aria-label="Help">
    <h2>Keys</h2>
    <dl>
      ${KEYS.map(([key, help]) => pair(key === ' ' ? 'space' : key, help))}
      ${pair('Enter', 'in a form: its coloured button')}
      ${pair('Esc', 'leave a field, close what is open')}
    </dl>
    <p>Whatever the page shows or does is a call of the control API, shown below as a curl line.</p>
  </aside>`
}
