import { respond } from '../app/app.ts'
import { isChanged, saveAction, setField } from '../app/edit.ts'
import type { State } from '../app/state.ts'
import type { TemplateResult } from '../lit.ts'
import { html, nothing } from '../lit.ts'
import type { Item } from '../model/api-types.ts'
import { ITEM_STATES } from '../model/api-types.ts'
import { visibleText } from '../model/visible-text.ts'
import { actionButton, field, sectionOptions, valueOf } from './controls.ts'

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
        ${sectionOptions(sections, section)}
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
    ${field(
      'Edit as',
      html`<input
        .value=${state.editAs}
        @input=${(event: Event) => respond((now) => (now.editAs = valueOf(event)))}
      />`,
      'A user whom the locks of others refuse. Empty: the editor of the store.',
    )}
    ${
      item !== undefined && isChanged() && item.changeId !== state.formChangeId
        ? staleView(state, item)
        : nothing
    }
    <div class="bar">
      ${actionButton(saveAction(item), item === undefined ? 'Create' : 'Save', 'primary')}
      <small>${isChanged() ? 'Changed, not saved.' : 'Nothing is changed.'}</small>
    </div>
  </form>`
}

/** Someone else was faster: theirs, or mine over it. */
function staleView({ versions }: State, item: Item): TemplateResult {
  return html`<div class="card stale" role="alert">
    <p>
      Changed by ${visibleText(versions[0]?.editor ?? 'another editor')} since you began: it is at
      change ${item.changeId}, <b>${visibleText(item.title)}</b>. Save is refused with 412.
    </p>
    <div class="bar">
      <button type="button" @click=${() => respond((now) => (now.form = {}))}>Take theirs</button>
      ${actionButton(saveAction(item, item.changeId), 'Save mine over it', 'danger')}
    </div>
  </div>`
}

function setter(name: string): (event: Event) => void {
  return (event) => setField(name, valueOf(event))
}
