import { z } from 'zod'

import { FAULT_PLAN, FAULT_REPORT } from '../../faults/fault.ts'
import { endpoint } from '../endpoint.ts'

const plan = {
  description: 'The whole plan, and what each fault struck',
  schema: z.strictObject({ faults: z.array(FAULT_REPORT) }),
}

export const FAULT_ENDPOINTS = [
  endpoint({
    method: 'GET',
    path: '/faults',
    summary: 'The faults that are set',
    operation: 'faults',
    answers: { 200: plan },
    run: (control) => ({ faults: control.faults() }),
  }),
  endpoint({
    method: 'PUT',
    path: '/faults',
    summary: 'Set the whole plan of faults: what is left out is off',
    operation: 'setFaults',
    body: FAULT_PLAN,
    answers: { 200: plan },
    run: (control, { body }) => ({ faults: control.setFaults(body.faults) }),
  }),
  endpoint({
    method: 'GET',
    path: '/faults/presets',
    summary: 'The named plans of faults that come with the store',
    operation: 'faultPresets',
    answers: {
      200: {
        description: 'Each with its faults',
        schema: z.strictObject({
          presets: z.array(
            z.strictObject({ name: z.string(), summary: z.string(), ...FAULT_PLAN.shape }),
          ),
        }),
      },
    },
    run: (control) => ({ presets: control.faultPresets() }),
  }),
  endpoint({
    method: 'PUT',
    path: '/faults/presets/{name}',
    summary: 'Set the faults of a preset as the whole plan',
    operation: 'setFaultPreset',
    params: z.object({ name: z.string() }),
    answers: { 200: plan },
    run: (control, { params }) => ({ faults: control.setFaultPreset(params.name) }),
  }),
  endpoint({
    method: 'DELETE',
    path: '/faults',
    summary: 'Remove all faults',
    operation: 'clearFaults',
    answers: { 200: plan },
    run: (control) => ({ faults: control.clearFaults() }),
  }),
  endpoint({
    method: 'DELETE',
    path: '/faults/{name}',
    summary: 'Remove one fault',
    operation: 'removeFault',
    params: z.object({ name: z.string() }),
    answers: { 200: plan },
    run: (control, { params }) => ({ faults: control.removeFault(params.name) }),
  }),
]
