import type { KnobName, Settings } from '../knobs.ts'
import { KNOB_NAMES, KNOBS } from '../knobs.ts'
import type { Findings } from './finding.ts'
import { HIDDEN_SETTINGS } from './hidden-settings.ts'
import { shown } from './table.ts'

/** URLs of the real store: with them, clients of the mock would go there. */
const ADDRESSES: ReadonlySet<KnobName> = new Set(['publicUrl', 'sseEndpoint'])

/** The settings with which the mock behaves as the store did; what was not learned is a comment. */
export function writeSettings(baseUrl: string, ours: Settings, theirs: Findings): string {
  const lines = KNOB_NAMES.filter((knob) => HIDDEN_SETTINGS[knob] === undefined).flatMap((knob) => {
    const finding = theirs.settings.get(knob)
    if (finding?.kind === 'seen') {
      const line = yamlLine(knob, finding.value)
      const isAddress = ADDRESSES.has(knob) && finding.value !== ''
      return isAddress ? [`# ${line} # clients of the mock would go there`] : [line]
    }
    const kept = isDefault(knob, ours[knob]) ? [] : [yamlLine(knob, ours[knob])]
    return [`# ${knob}: not learned: ${shown(finding?.reason ?? '')}`, ...kept]
  })
  return [`# Learned from ${shown(baseUrl)}`, ...lines, ''].join('\n')
}

/** JSON is YAML. */
function yamlLine(knob: KnobName, value: unknown): string {
  return `${knob}: ${JSON.stringify(value)}`
}

function isDefault(knob: KnobName, value: unknown): boolean {
  return JSON.stringify(value) === JSON.stringify(KNOBS[knob].default)
}
