import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { MockContentStore } from '../start.ts'
import { serveStore } from '../testing/serve-store.ts'
import { CONTROL_ENDPOINTS } from './control-endpoints.ts'
import type { Call } from './endpoint.ts'

let store: MockContentStore
beforeAll(async () => {
  store = await serveStore()
})
afterAll(() => store.close())

/** Anything: every member of it exists and may be called. Their paths are noted in `used`. */
function anything(path: string, used: string[]): never {
  const called = (): unknown => anything('', [])
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it stands for everything.
  return new Proxy(called, {
    get: (_target, member) => {
      // What is awaited, spread or printed is a plain value.
      if (typeof member === 'symbol' || member === 'then') return undefined
      const memberPath = path === '' ? member : `${path}.${member}`
      used.push(memberPath)
      return anything(memberPath, used)
    },
  }) as never
}

/** The member of the control that a dotted path leads to. */
function memberOf(control: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (value, name) =>
        typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined,
      control,
    )
}

describe('the library', () => {
  it.each(CONTROL_ENDPOINTS.map((endpoint) => [endpoint.operation, endpoint] as const))(
    'store.control.%s exists, and its endpoint uses it',
    async (operation, endpoint) => {
      expect(memberOf(store.control, operation)).toBeDefined()
      const used: string[] = []
      const call: Call = anything('', [])
      await endpoint.run(anything('', used), call)
      expect(used).toContain(operation)
    },
  )
})
