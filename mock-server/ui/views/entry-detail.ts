import type { TemplateResult } from '../lit.ts'
import { html } from '../lit.ts'
import { copy } from '../app/act.ts'
import { STORE_URL } from '../app/api.ts'
import type { Entry } from '../model/entry.ts'
import { visibleText } from '../model/visible-text.ts'
import { button, bytesView, pair } from './controls.ts'

/** Everything about one entry: the bytes of a frame, the headers of a request, and what it is about. */
export function entryDetail(entry: Entry): TemplateResult {
  const curl = curlOf(entry)
  return html`<div class="detail">
    ${
      entry.kind === 'frame'
        ? bytesView(entry.text, 'Bytes of the frame')
        : html`<dl>
            ${Object.entries(entry).flatMap(([name, value]) => (name === 'headers' ? [] : [field(name, value)]))}
            ${
              'headers' in entry
                ? Object.entries(entry.headers).map(([name, value]) => field(name, value))
                : []
            }
          </dl>`
    }
    ${curl === '' ? '' : button('Copy as curl', () => void copy(curl))}
  </div>`
}

function field(name: string, value: unknown): TemplateResult {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return pair(visibleText(name), visibleText(text))
}

function curlOf(entry: Entry): string {
  if (entry.kind !== 'request' && entry.kind !== 'response') return ''
  const url = new URL(entry.url.replace(/^\/+/, ''), STORE_URL).href
  const method = entry.method === 'GET' ? '' : ` -X ${entry.method}`
  return `curl -u user:password${method} '${url.replaceAll("'", '%27')}'`
}
