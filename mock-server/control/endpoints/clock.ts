import { CLOCK_ADVANCE, CLOCK_SETTING, CLOCK_STATE } from '../../clock/clock-setting.ts'
import { endpoint } from '../endpoint.ts'

export const CLOCK_ENDPOINTS = [
  endpoint({
    method: 'GET',
    path: '/clock',
    summary: 'The time of the store',
    operation: 'clock.state',
    answers: { 200: { description: 'What the clock shows', schema: CLOCK_STATE } },
    run: (control) => control.clock.state,
  }),
  endpoint({
    method: 'PUT',
    path: '/clock',
    summary: 'Freeze or set the clock: what is left out is that of the real time; no time passes',
    operation: 'clock.set',
    body: CLOCK_SETTING,
    answers: { 200: { description: 'What the clock shows now', schema: CLOCK_STATE } },
    run: (control, { body }) => control.clock.set(body),
  }),
  endpoint({
    method: 'POST',
    path: '/clock/advance',
    summary: 'Let time pass: everything that becomes due runs before the answer',
    operation: 'clock.advance',
    body: CLOCK_ADVANCE,
    answers: { 200: { description: 'What the clock shows now', schema: CLOCK_STATE } },
    run: (control, { body }) => control.clock.advance(body.ms),
  }),
]
