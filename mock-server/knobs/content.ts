import { z } from 'zod'

import { LIMITS } from '../content/limits.ts'
import { SPACE_NAME } from '../spaces/space-name.ts'
import { knob, splitList, text } from './knob.ts'
import { LIMITS_KNOB } from './lowered-limits.ts'

/** What the store begins with. */
export const CONTENT_KNOBS = {
  restore: text({
    default: '',
    arg: 'FILE',
    help: 'start with the content of this snapshot, under higher change ids',
    hidden: 'of the mock alone',
    guide: 'mock-server/tester.md#snapshots',
  }),
  space: knob({
    schema: z.preprocess(
      splitList,
      z
        .array(SPACE_NAME)
        .max(LIMITS.spaces)
        .transform((names) => [...new Set(names)])
        .readonly(),
    ),
    default: [],
    arg: 'NAME',
    expects: `at most ${LIMITS.spaces} names of a-z, 0-9 and "-"`,
    help: 'create a space at the start, served below /space/NAME, unless the data folder has it',
    repeatable: true,
    hidden: 'of the mock alone',
    guide: 'mock-server/tester.md#spaces',
  }),
  limits: LIMITS_KNOB,
} as const
