import type { State } from '../app/state.ts'
import type { TemplateResult } from '../lit.ts'
import { html, svg } from '../lit.ts'
import { plural } from '../model/entry-text.ts'

const SECONDS = 60
const WIDTH = 600
const HEIGHT = 80

/** Changes in each second of the last minute, by the clock of the store. */
export function rateChart({ log, info }: State): TemplateResult {
  const counts = Array.from({ length: SECONDS }, () => 0)
  const newest = Math.max(
    Date.parse(info?.clock.at ?? ''),
    Date.parse(log.entries.at(-1)?.at ?? '') || 0,
  )
  for (const { kind, at } of log.entries) {
    const ago = Math.floor((newest - Date.parse(at)) / 1_000)
    if (kind !== 'change' || ago < 0 || ago >= SECONDS) continue
    const slot = SECONDS - 1 - ago
    counts[slot] = (counts[slot] ?? 0) + 1
  }
  const most = Math.max(1, ...counts)
  const total = counts.reduce((sum, count) => sum + count, 0)
  const summary = `${plural(total, 'change')}, at most ${most} in a second`
  return html`<svg
      class="chart"
      viewBox="0 0 ${WIDTH} ${HEIGHT}"
      role="img"
      aria-label="last minute: ${summary}"
    >
      ${counts.map((count, second) => {
        const height = (count / most) * (HEIGHT - 4)
        return svg`<rect x=${(second * WIDTH) / SECONDS} y=${HEIGHT - height} width=${WIDTH / SECONDS - 2} height=${height}></rect>`
      })}
    </svg>
    <small>${summary}</small>`
}
