import { z } from 'zod'

import type { RunReport, ScenarioRuns } from '../../scenario/scenario-runs.ts'
import { RUN_REPORT, SCENARIO_CHECK } from '../../scenario/scenario-runs.ts'
import type { Endpoint } from '../endpoint.ts'
import { endpoint } from '../endpoint.ts'
import { numberParameter } from '../parameters.ts'
import type { StoreControl } from '../store-control.ts'

const YAML = 'application/yaml'
const params = z.object({ id: numberParameter('id of a run') })
const recorded = { description: 'A scenario file', media: YAML }

export const SCENARIO_ENDPOINTS = [
  endpoint({
    method: 'GET',
    path: '/scenarios',
    summary: 'The latest runs of scenarios, and the scenarios that are shipped',
    operation: 'scenarios.list',
    answers: {
      200: {
        description: 'Runs, oldest first, and names',
        schema: z.strictObject({ runs: z.array(RUN_REPORT), shipped: z.array(z.string()) }),
      },
    },
    run: (control) => control.scenarios.list(),
  }),
  endpoint({
    method: 'POST',
    path: '/scenarios',
    summary: 'Run a scenario: the file that is sent, or a shipped one; with step, step by step',
    operation: 'scenarios.start',
    query: z.strictObject({
      shipped: z.string().optional(),
      step: z.stringbool({ truthy: ['true'], falsy: ['false'] }).optional(),
    }),
    body: z.string(),
    bodyMedia: YAML,
    answers: { 202: { description: 'The run that was started', schema: RUN_REPORT } },
    run: (control, { body, query, request }) =>
      control.scenarios.start({
        text: body,
        shipped: query.shipped,
        step: query.step,
        url: control.scenarios.urlOf(request.socket, spacePathOf(control)),
      }),
  }),
  endpoint({
    method: 'POST',
    path: '/scenarios/check',
    summary: 'What is wrong with a scenario, with line and column; it is not run',
    operation: 'scenarios.check',
    body: z.string(),
    bodyMedia: YAML,
    answers: {
      200: { description: 'The first twenty mistakes; none: it can run', schema: SCENARIO_CHECK },
    },
    run: (control, { body }) => control.scenarios.check(body),
  }),
  endpoint({
    method: 'POST',
    path: '/scenarios/recording',
    summary: 'Record what is done to the store as a scenario',
    operation: 'scenarios.recording.start',
    answers: {
      201: {
        description: 'When the recording began',
        schema: z.strictObject({ startedAt: z.iso.datetime() }),
      },
    },
    run: (control) => control.scenarios.recording.start(),
  }),
  endpoint({
    method: 'GET',
    path: '/scenarios/recording',
    summary: 'What was recorded so far',
    operation: 'scenarios.recording.yaml',
    answers: { 200: recorded },
    run: (control) => control.scenarios.recording.yaml(),
  }),
  endpoint({
    method: 'DELETE',
    path: '/scenarios/recording',
    summary: 'End the recording',
    operation: 'scenarios.recording.stop',
    answers: { 200: recorded },
    run: (control) => control.scenarios.recording.stop(),
  }),
  aboutRun({
    method: 'GET',
    path: '/scenarios/{id}',
    summary: 'A run of a scenario',
    operation: 'scenarios.get',
    description: 'The run',
    run: (scenarios, id) => scenarios.get(id),
  }),
  endpoint({
    method: 'GET',
    path: '/scenarios/{id}/junit',
    summary: 'The report of a run in the format of JUnit, once it has ended',
    operation: 'scenarios.junit',
    params,
    answers: { 200: { description: 'The report', media: 'application/xml' } },
    run: (control, call) => control.scenarios.junit(call.params.id),
  }),
  aboutRun({
    method: 'POST',
    path: '/scenarios/{id}/step',
    summary: 'Run the next step of a paused run, and wait for it',
    operation: 'scenarios.step',
    description: 'The run, paused again or ended',
    run: (scenarios, id) => scenarios.step(id),
  }),
  aboutRun({
    method: 'POST',
    path: '/scenarios/{id}/resume',
    summary: 'Run the other steps of a paused run without a pause',
    operation: 'scenarios.resume',
    description: 'The run',
    run: (scenarios, id) => scenarios.resume(id),
  }),
  aboutRun({
    method: 'DELETE',
    path: '/scenarios/{id}',
    summary: 'Stop a run',
    operation: 'scenarios.stop',
    description: 'The run, which has ended',
    run: (scenarios, id) => scenarios.stop(id),
  }),
]

/** '' for the default space. */
function spacePathOf(control: StoreControl): string {
  return control.spaces.list().find((space) => space.control === control)?.path ?? ''
}

/** An endpoint about one run, which answers with the report of that run. */
function aboutRun({
  description,
  run,
  ...declared
}: Pick<Endpoint, 'method' | 'path' | 'summary' | 'operation'> & {
  /** Of the answer. */
  readonly description: string
  readonly run: (scenarios: ScenarioRuns, id: number) => RunReport | Promise<RunReport>
}): Endpoint {
  return endpoint({
    ...declared,
    params,
    answers: { 200: { description, schema: RUN_REPORT } },
    run: ({ scenarios }, call) => run(scenarios, call.params.id),
  })
}
