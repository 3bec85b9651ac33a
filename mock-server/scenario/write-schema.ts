import { z } from 'zod'

import { SCENARIO } from './scenario-schema.ts'

/** The JSON Schema of scenario files, for editors. */
export function scenarioJsonSchema(): object {
  return z.toJSONSchema(SCENARIO, { io: 'input' })
}
