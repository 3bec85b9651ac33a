import { KNOB_NAMES, KNOBS } from '../knobs.ts'
import type { Settings } from '../knobs.ts'
import type { Findings } from './finding.ts'
import { isDifferent } from './learn.ts'

export interface TableRow {
  readonly point: string
  readonly ours: string
  readonly theirs: string
  /** Undefined if nothing was learned. */
  readonly isDifferent: boolean | undefined
}

const MAX_SHOWN = 100

/** Settings first, then points that no setting changes. */
export function tableRows(
  ours: Settings,
  ourFindings: Findings,
  theirs: Findings,
): readonly TableRow[] {
  const settings = KNOB_NAMES.filter((knob) => KNOBS[knob].hidden === undefined).map(
    (knob): TableRow => {
      const finding = theirs.settings.get(knob)
      const row = { point: knob, ours: shownValue(ours[knob]) }
      if (finding?.kind !== 'seen')
        return {
          ...row,
          theirs: `not learned: ${shown(finding?.reason ?? '')}`,
          isDifferent: undefined,
        }
      const note = finding.note === undefined ? '' : ` (${shown(finding.note)})`
      return {
        ...row,
        theirs: shownValue(finding.value) + note,
        isDifferent: isDifferent(knob, ours[knob], finding.value),
      }
    },
  )
  const fixed = Array.from(theirs.fixed, ([point, value]): TableRow => {
    const own = ourFindings.fixed.get(point)
    return {
      point,
      ours: shown(own ?? 'not asked'),
      theirs: shown(value),
      isDifferent: own === undefined ? undefined : own !== value,
    }
  })
  return [...settings, ...fixed]
}

/** Columns with `*` before each difference. */
export function writeTable(rows: readonly TableRow[]): string {
  const head = { point: 'point', ours: 'ours', theirs: 'theirs', isDifferent: undefined }
  const all = [head, ...rows]
  const width = (key: 'point' | 'ours'): number => Math.max(...all.map((row) => row[key].length))
  const [points, ours] = [width('point'), width('ours')]
  return all
    .map(
      (row) =>
        `${row.isDifferent === true ? '*' : ' '} ${row.point.padEnd(points)}  ${row.ours.padEnd(ours)}  ${row.theirs}\n`,
    )
    .join('')
}

function shownValue(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'none' : shown(value.join(','))
  return value === '' ? 'none' : shown(String(value))
}

/** One line without control characters, because a terminal shows text from the store. */
export function shown(text: string): string {
  const line = text.replaceAll(/\p{C}/gu, '?')
  return line.length > MAX_SHOWN ? `${line.slice(0, MAX_SHOWN)}…` : line
}
