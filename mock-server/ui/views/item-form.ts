import { respond } from '../app/app.ts'
import { isChanged, saveAction, setField } from '../app/edit.ts'
import type { State } from '../app/state.ts'
import type { TemplateResult } from '../lit.ts'
import { html, nothing } from '../lit.ts'
import type { Item } from '../model/api-types.ts'
import { ITEM_STATES } from '../model/api-types.ts'
import { visibleText } from '../model/visible-text.ts'
import { actionButton, button, choice, field, sectionOptions, valueOf } from './controls.ts'

/** What an editor fills in. Only what was changed is sent. */
export function itemForm(state: State): TemplateResult {
  const { item, form, sections, list } = state
  const shownState = form['state'] ?? item?.state ?? 'draft'
  const section = Number(
    form['section'] ?? item?.homeSectionId ?? list.sectionId ?? sections[0]?.id,
  )
  return html`<form>
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
      choice(ITEM_STATES, shownState, (name) => setField('state', name)),
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
      'Locks of others refuse this user. Empty: the editor of the store.',
    )}
    ${
      item !== undefined && isChanged() && item.changeId !== state.formChangeId
        ? staleView(state, item)
        : nothing
    }
    <div class="bar">
      ${actionButton(saveAction(item), item === undefined ? 'Create' : 'Save', 'primary')}
      <small>${isChanged() ? 'Unsaved changes.' : 'No changes.'}</small>
    </div>
  </form>`
}

/** Someone else was faster: theirs, or mine over it. */
function staleView({ versions }: State, item: Item): TemplateResult {
  return html`<div class="card stale" role="alert">
    <p>
      Changed by ${visibleText(versions[0]?.editor ?? 'another editor')} since you began. It is now
      at change ${item.changeId}: <b>${visibleText(item.title)}</b>. Save is refused with 412.
    </p>
    <div class="bar">
      ${button('Take theirs', () => respond((now) => (now.form = {})))}
      ${actionButton(saveAction(item, item.changeId), 'Save mine over it', 'danger')}
    </div>
  </div>`
}

function setter(name: string): (event: Event) => void {
  return (event) => setField(name, valueOf(event))
}
