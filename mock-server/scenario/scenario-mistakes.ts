import type { FileMistake } from '../located-yaml.ts'
import { suggest } from '../suggest.ts'
import type { Scenario, Step } from './scenario-schema.ts'
import { namesIn } from './variables.ts'

/** Steps inside each other: `repeat` and `parallel`. */
const MAX_LEVELS = 10

/** What is wrong with a scenario of the right shape: steps with no or several kinds, unknown variables. */
export function scenarioMistakes({ variables, steps }: Scenario): readonly FileMistake[] {
  const found: FileMistake[] = []
  const known = new Set(Object.keys(variables))

  const checkNames = (value: unknown, path: readonly PropertyKey[]): void => {
    if (typeof value === 'string') {
      for (const name of namesIn(value)) {
        if (known.has(name)) continue
        const message = `there is no variable "${name}" before this step${suggest(name, [...known])}`
        found.push({ path, message })
      }
    } else if (typeof value === 'object' && value !== null) {
      for (const [name, part] of Object.entries(value)) checkNames(part, [...path, name])
    }
  }

  const checkStep = (step: Step, path: readonly PropertyKey[], level: number): void => {
    const kinds = Object.keys(step)
    if (kinds.length !== 1) {
      const got = kinds.length === 0 ? 'none' : kinds.join(' and ')
      found.push({ path, message: `expected one kind of step, got ${got}` })
      return
    }
    if (level > MAX_LEVELS) {
      found.push({ path, message: `expected at most ${MAX_LEVELS} steps inside each other` })
      return
    }
    const { repeat, parallel, ...plain } = step
    if (repeat !== undefined) {
      if (repeat.as !== undefined) known.add(repeat.as)
      checkSteps(repeat.steps, [...path, 'repeat', 'steps'], level + 1)
    }
    for (const [index, branch] of (parallel ?? []).entries())
      checkSteps(branch, [...path, 'parallel', index], level + 1)
    checkNames(plain, path)
    for (const name of variablesSetBy(step)) known.add(name)
  }

  const checkSteps = (list: readonly Step[], path: readonly PropertyKey[], level: number): void => {
    for (const [index, step] of list.entries()) checkStep(step, [...path, index], level)
  }

  checkSteps(steps, ['steps'], 1)
  return found
}

function variablesSetBy({ create, mark, request }: Step): readonly string[] {
  const names = [create?.as, mark, ...Object.keys(request?.save ?? {})]
  return names.filter((name) => name !== undefined)
}
