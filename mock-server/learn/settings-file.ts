import type { KnobName, Settings } from '../knobs.ts'
import { KNOB_NAMES, KNOBS } from '../knobs.ts'
import type { Findings } from './finding.ts'
import { shown } from './table.ts'

/**
 * Settings with URLs of the real store. With them, clients of the mock would connect to the real
 * store.
 */
const ADDRESSES: ReadonlySet<KnobName> = new Set(['publicUrl', 'sseEndpoint'])

/**
 * The settings that make the mock behave like the store. Settings that were not learned are
 * comments.
 */
export function writeSettings(baseUrl: string, ours: Settings, theirs: Findings): string {
  const lines = KNOB_NAMES.filter((knob) => KNOBS[knob].hidden === undefined).flatMap((knob) => {
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
