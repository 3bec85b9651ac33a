import type { TemplateResult } from '../lit.ts'
import { html } from '../lit.ts'
import { STORE_URL } from '../app/api.ts'
import type { Entry } from '../model/entry.ts'
import { visibleLines, visibleText } from '../model/visible-text.ts'

/** Everything about one entry: the bytes of a frame, the headers of a request, and what it is about. */
export function entryDetail(entry: Entry, copy: (text: string) => void): TemplateResult {
  const curl = curlOf(entry)
  return html`<div class="detail">
    ${
      entry.kind === 'frame'
        ? html`<pre class="raw" tabindex="0" aria-label="Bytes of the frame">
${visibleLines(entry.text).map((line) => html`<span>${line}</span>`)}</pre>`
        : html`<dl>
            ${Object.entries(entry).flatMap(([name, value]) => (name === 'headers' ? [] : [pair(name, value)]))}
            ${
              'headers' in entry
                ? Object.entries(entry.headers).map(([name, value]) => pair(name, value))
                : []
            }
          </dl>`
    }
    ${
      curl === ''
        ? ''
        : html`<button type="button" @click=${() => copy(curl)}>Copy as curl</button>`
    }
  </div>`
}

function pair(name: string, value: unknown): TemplateResult {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return html`<div>
    <dt>${visibleText(name)}</dt>
    <dd>${visibleText(text)}</dd>
  </div>`
}

function curlOf(entry: Entry): string {
  if (entry.kind !== 'request' && entry.kind !== 'response') return ''
  const url = new URL(entry.url.replace(/^\/+/, ''), STORE_URL).href
  const method = entry.method === 'GET' ? '' : ` -X ${entry.method}`
  return `curl -u user:password${method} '${url.replaceAll("'", '%27')}'`
}
