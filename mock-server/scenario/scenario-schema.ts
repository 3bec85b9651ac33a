import { z } from 'zod'

import { ITEM_STATES } from '../content/item/item.ts'
import { LIMITS } from '../content/limits.ts'
import { DURATION } from './duration.ts'

/** Limits of one scenario. */
const SCENARIO_LIMITS = {
  /** Clients that follow the change logs. */
  clients: 100,
  /** Edits of one `bulk`. */
  bulkEdits: 100_000,
  /** Times of one `repeat`. */
  repeats: 100_000,
  /** Branches of one `parallel`. */
  branches: 100,
  /** Steps of one list. */
  steps: 10_000,
} as const

const variable = z.string().regex(/^[A-Za-z_]\w{0,99}$/, 'expected a name of letters and digits')
const text = z.string().max(LIMITS.titleLength)
const AN_ID = 'expected an id, or a variable such as $story'
const id = z.union([z.int().min(1), z.string().regex(/^\$[A-Za-z_]\w*$/, AN_ID)], { error: AN_ID })
const sections = z.array(id).min(1).max(100)
const state = z.enum(ITEM_STATES)

const count = z.int().min(0).max(1_000_000_000)
/** A number, or its bounds. */
const wanted = z.union(
  [
    count,
    z.strictObject({
      atLeast: count.optional(),
      atMost: count.optional(),
    }),
  ],
  { error: 'expected a number, or atLeast and atMost' },
)

/** One of them at most. */
const content = {
  fields: z.record(z.string(), z.unknown()).optional().describe('Fields of the payload.'),
  payload: z.string().max(LIMITS.keptLength).optional().describe('A vdf:payload element.'),
}

const create = z
  .strictObject({
    section: id,
    sections: sections.optional().describe('Further sections.'),
    title: text,
    type: z.string().min(1).max(100).optional(),
    state: state.optional(),
    ...content,
    as: variable.optional().describe('Variable that gets the id of the item.'),
  })
  .describe('Creates a content item.')

const update = z
  .strictObject({
    item: id,
    title: text.optional(),
    state: state.optional(),
    sections: sections.optional(),
    ...content,
  })
  .describe('Changes a content item.')

const weight = z.number().min(0).max(1_000_000).optional()
const bulk = z
  .strictObject({
    edits: z.int().min(1).max(SCENARIO_LIMITS.bulkEdits),
    over: DURATION.optional().describe('Time from the first edit to the end.'),
    rate: z.number().min(0.001).max(10_000).optional().describe('Edits a second, instead of over.'),
    arrival: z
      .enum(['even', 'random'])
      .optional()
      .describe('Equal waits, or random ones with the same mean. Default even.'),
    mix: z
      .strictObject({ create: weight, update: weight, publish: weight, delete: weight })
      .optional()
      .describe('Relative frequency of each kind of edit. Default: only updates.'),
    sections: sections.optional().describe('Where items are created. Default: section 22.'),
    items: z.array(id).min(1).max(10_000).optional().describe('Items that are edited at first.'),
  })
  .refine(({ over, rate }) => (over === undefined) !== (rate === undefined), {
    message: 'expected over or rate',
  })
  .describe('Many edits, chosen by the seed.')

const request = z
  .strictObject({
    method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']).optional(),
    path: z
      .string()
      .regex(
        /^(\/[^\s\\]*|\$[A-Za-z_]\w*)$/,
        'expected a path of the store such as /webservice/escenic/changelog',
      ),
    headers: z.record(z.string().regex(/^[\w-]+$/), z.string()).optional(),
    body: z.string().optional(),
    json: z.unknown().optional().describe('Body that is sent as JSON.'),
    status: z.int().min(100).max(599).optional().describe('Expected status. Default: any 2xx.'),
    contains: z.string().optional().describe('Text that the answer must contain.'),
    save: z
      .record(variable, z.string().regex(/^[\w-]+$/))
      .optional()
      .describe('Variables, each with the name of a header that it gets.'),
  })
  .describe('A request to the store, with its login: any edit, any call of /__mock.')

const expectation = z
  .strictObject({
    within: DURATION.optional().describe('Real time to wait for it. Default 60s.'),
    delivered: z
      .literal('all')
      .optional()
      .describe('Every client has every change, in the state that the store has.'),
    events: wanted.optional().describe('Events that each client has received.'),
    streams: wanted.optional().describe('Open streams at the store.'),
    changes: wanted.optional().describe('Changes since the start or the mark.'),
    since: id.optional().describe('A change id that mark has saved.'),
    strikes: z
      .record(z.string(), wanted)
      .optional()
      .describe('How often each fault, by its name, has struck.'),
    item: z.strictObject({ id, state: state.optional(), title: text.optional() }).optional(),
    journal: z
      .array(z.record(z.string(), z.unknown()))
      .min(1)
      .max(100)
      .optional()
      .describe('As "expect" of POST /__mock/verify, since the reset.'),
  })
  .describe('What must be true. The scenario fails when it is not.')

const clock = z
  .strictObject({
    advance: DURATION.optional(),
    set: z
      .strictObject({
        frozen: z.boolean().optional(),
        at: z.string().optional(),
        offsetMs: z.int().optional(),
      })
      .optional(),
  })
  .describe('Advances or sets the clock of the store.')

const plan = z.array(z.record(z.string(), z.unknown())).max(100)

/** The steps that hold no others. */
const PLAIN = {
  create: create.optional(),
  update: update.optional(),
  publish: z.strictObject({ item: id }).describe('Publishes a content item.').optional(),
  delete: z.strictObject({ item: id }).describe('Deletes a content item.').optional(),
  list: z
    .strictObject({ id, items: z.array(id).max(LIMITS.listItems) })
    .describe('Sets what a list holds.')
    .optional(),
  bulk: bulk.optional(),
  faults: plan.optional().describe('The whole plan of faults: what is left out is off.'),
  disconnect: z
    .literal('streams')
    .optional()
    .describe('Ends every open stream, as a restart of the server does.'),
  request: request.optional(),
  clock: clock.optional(),
  wait: DURATION.optional().describe('Time of the store: a frozen clock is advanced by it.'),
  pause: DURATION.optional().describe('Real time, for the timers of a proxy.'),
  mark: variable.optional().describe('Variable that gets the id of the newest change.'),
  expect: expectation.optional(),
} as const

type PlainStep = z.output<z.ZodObject<typeof PLAIN>>

interface Repeat {
  readonly times: number
  readonly as?: string | undefined
  readonly steps: readonly Step[]
}

/** One member of it is set. */
export interface Step extends PlainStep {
  readonly repeat?: Repeat | undefined
  readonly parallel?: readonly (readonly Step[])[] | undefined
}

const steps: z.ZodType<readonly Step[]> = z.array(z.lazy(() => step)).max(SCENARIO_LIMITS.steps)

const step: z.ZodType<Step> = z
  .strictObject({
    ...PLAIN,
    repeat: z
      .strictObject({
        times: z.int().min(1).max(SCENARIO_LIMITS.repeats),
        as: variable.optional().describe('Variable that counts from 1.'),
        steps,
      })
      .describe('Runs steps several times.')
      .optional(),
    parallel: z
      .array(steps)
      .min(1)
      .max(SCENARIO_LIMITS.branches)
      .describe('Lists of steps. A branch runs until it waits; then the next one that is due.')
      .optional(),
  })
  .meta({ id: 'step', description: 'Exactly one of these.', minProperties: 1, maxProperties: 1 })

/** A scenario file. */
export const SCENARIO = z
  .strictObject({
    $schema: z.string().optional(),
    name: z.string().min(1).max(200),
    description: z.string().max(10_000).optional(),
    seed: z.int().min(0).max(4_294_967_295).default(1).describe('Of every random choice.'),
    clock: z.iso
      .datetime({ offset: true })
      .optional()
      .describe('Time at which the clock is frozen. Without it, the clock is left as it is.'),
    reset: z.boolean().default(true).describe('Whether the store is reset first.'),
    clients: z
      .int()
      .min(0)
      .max(SCENARIO_LIMITS.clients)
      .default(1)
      .describe('Clients that follow the change logs, behind the proxy if there is one.'),
    variables: z
      .record(variable, z.union([z.string().max(10_000), z.number()]))
      .default({})
      .describe('Used as $name or ${name}.'),
    steps,
  })
  .meta({ id: 'scenario', description: 'A scenario of the Mock Content Store.' })

export type Scenario = Readonly<z.output<typeof SCENARIO>>
export type ExpectStep = z.output<typeof expectation>
export type Bulk = z.output<typeof bulk>
export type RequestStep = z.output<typeof request>
export type Wanted = z.output<typeof wanted>
