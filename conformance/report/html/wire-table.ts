import { escapeHtml } from '../escape.ts'
import { counted } from '../../counted.ts'

/**
 * The transcript with one lane per leg: the client's on the left, the back end's on the right, time
 * going down.
 */
export function wireTable(transcript: readonly string[]): string {
  if (transcript.length === 0) return ''
  const rows = transcript.map((line) => {
    const [, time = '', lane = '', what = line] = /^ *([\d.]+) ms +([CO]) ([^]*)$/.exec(line) ?? []
    const cell = escapeHtml(what.trim())
    return `<tr><td>${time}<td>${lane === 'O' ? '' : cell}<td>${lane === 'O' ? cell : ''}</tr>`
  })
  const head = '<tr><th>ms<th>our client and the target<th>the target and our back end</tr>'
  return `<details><summary>on the wire (${counted(transcript.length, 'line')})</summary><table class="wire">${head}${rows.join('')}</table></details>`
}
