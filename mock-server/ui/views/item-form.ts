import { saveAction, setField } from '../app/edit.ts'
import type { State } from '../app/state.ts'
import type { TemplateResult } from '../lit.ts'
import { html } from '../lit.ts'
import { ITEM_STATES } from '../model/api-types.ts'
import { visibleText } from '../model/visible-text.ts'
import { actionButton, field, valueOf } from './controls.ts'

/** What an editor fills in. Only what was changed is sent. */
export function itemForm(state: State): TemplateResult {
  const { item, form, sections, list } = state
  const shownState = form['state'] ?? item?.state ?? 'draft'
  const section = Number(
    form['section'] ?? item?.homeSectionId ?? list.sectionId ?? sections[0]?.id,
  )
  return html`<form @submit=${(event: Event) => event.preventDefault()}>
    ${field(
      'Title',
      html`<input
        data-title
        maxlength="10000"
        .value=${form['title'] ?? item?.title ?? ''}
        @input=${setter('title')}
      />`,
    )}
    ${field(
      'State',
      html`<select @change=${setter('state')}>
        ${ITEM_STATES.map(
          (name) => html`<option .selected=${name === shownState} value=${name}>${name}</option>`,
        )}
      </select>`,
    )}
    ${field(
      'Section',
      html`<select @change=${setter('section')}>
        ${sections.map(
          ({ id, name }) =>
            html`<option .selected=${id === section} value=${id}>${visibleText(name)}</option>`,
        )}
      </select>`,
    )}
    ${
      item === undefined
        ? field(
            'Content type',
            html`<input .value=${form['type'] ?? 'story'} @input=${setter('type')} />`,
          )
        : html`<p><small>Type ${item.type}, by ${visibleText(item.author.name)}</small></p>`
    }
    ${field(
      'Body',
      html`<textarea rows="5" .value=${form['body'] ?? ''} @input=${setter('body')}></textarea>`,
      item === undefined
        ? 'Plain text of the field body.'
        : 'Replaces the payload; empty leaves it.',
    )}
    <div class="bar">
      ${actionButton(saveAction(item), item === undefined ? 'Create' : 'Save', 'primary')}
      <small
        >${Object.keys(form).length === 0 ? 'Nothing is changed.' : 'Changed, not saved.'}</small
      >
    </div>
  </form>`
}

function setter(name: string): (event: Event) => void {
  return (event) => setField(name, valueOf(event))
}
