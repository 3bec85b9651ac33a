import type { FaultKind } from './fault-kinds.ts'
import { kindRule } from './fault-kinds.ts'
import type { FaultScope } from './fault-scope.ts'
import type { DefectName } from './kinds/malformed.ts'
import { defectsIn } from './kinds/malformed.ts'

/** What the rules look at; a fault of any kind. */
interface CheckedFault {
  readonly kind: FaultKind
  readonly scope?: FaultScope
  readonly [parameter: string]: unknown
}

interface Mistake {
  /** The parameter that is wrong. */
  readonly path: string
  readonly message: string
}

const TURNS = ['first', 'every', 'after', 'once', 'probability'] as const

/** What no schema of a single parameter says: which of them go together. */
export function checkFault(fault: CheckedFault): readonly Mistake[] {
  const { kind, scope } = fault
  if (scope === undefined) return []
  const { scopes } = kindRule(kind)
  if (!scopes.includes(scope)) {
    const message = `${kind} has no scope ${scope}; expected ${oneOf(scopes)}`
    return [{ path: 'scope', message }]
  }
  return [...wrongTurns(fault), ...wrongSelectors(fault, scope), ...wrongParameters(fault, scope)]
}

function wrongTurns(fault: CheckedFault): readonly Mistake[] {
  const turns = TURNS.filter((turn) => fault[turn] !== undefined)
  if (turns.length < 2) return []
  return [
    {
      path: turns[1] ?? '',
      message: `expected at most one of ${TURNS.join(', ')}, got ${turns.join(' and ')}`,
    },
  ]
}

function wrongSelectors(fault: CheckedFault, scope: FaultScope): readonly Mistake[] {
  const { kind } = fault
  const isRow = kind === 'late-row' || kind === 'early-event'
  const isEvent = scope === 'sse-open' && kindRule(kind).per === 'event'
  const allowed: Readonly<Record<string, boolean>> = {
    path: !isRow,
    method: scope !== 'sse-open' && !isRow,
    log: isRow || isEvent || scope === 'feed',
    client: scope === 'sse-open',
    user: !isRow,
  }
  const known = Object.keys(allowed).filter((selector) => allowed[selector] === true)
  return Object.keys(allowed)
    .filter((selector) => fault[selector] !== undefined && allowed[selector] === false)
    .map((path) => ({
      path,
      message: `${kind} in scope ${scope} has no ${path}; expected ${oneOf(known)}`,
    }))
}

function wrongParameters(fault: CheckedFault, scope: FaultScope): readonly Mistake[] {
  const { kind, afterBytes, afterEvents, clean, defect, fraction, bytes, at } = fault
  const isStream = scope === 'sse-connect' || scope === 'sse-open'
  const mistakes: Mistake[] = []
  const forbid = (path: string, isWrong: boolean, message: string): void => {
    if (isWrong) mistakes.push({ path, message })
  }
  forbid(
    'afterEvents',
    afterEvents !== undefined && !isStream,
    'only streams have events; expected afterBytes, or scope sse-connect or sse-open',
  )
  forbid(
    'afterEvents',
    afterEvents !== undefined && afterBytes !== undefined,
    'expected afterBytes or afterEvents, got both',
  )
  forbid(
    'clean',
    clean === true && !isStream,
    'a document that ends early and clean is kind truncate; expected scope sse-connect or sse-open',
  )
  forbid(
    'clean',
    clean === true && afterBytes !== undefined,
    'a clean end comes after whole events; expected afterEvents',
  )
  forbid(
    'bytes',
    bytes !== undefined && fraction !== undefined,
    'expected fraction or bytes, got both',
  )
  forbid(
    'at',
    at === 'field-name' && !isStream,
    'only events have field names; expected bytes, utf-8 or crlf',
  )
  if (kind === 'malformed') {
    const defects = defectsIn(scope)
    forbid(
      'defect',
      !defects.some((known: DefectName) => known === defect),
      `there is no ${String(defect)} in scope ${scope}; expected ${oneOf(defects)}`,
    )
  }
  return mistakes
}

function oneOf(names: readonly string[]): string {
  return names.length < 2
    ? names.join('')
    : `${names.slice(0, -1).join(', ')} or ${names.at(-1) ?? ''}`
}
