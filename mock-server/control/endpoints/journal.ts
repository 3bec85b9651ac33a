import { z } from 'zod'

import { EFFECTS } from '../../journal/effects.ts'
import { ENTRY } from '../../journal/entry-report.ts'
import { JOURNAL_PAGE } from '../../journal/journal-reader.ts'
import { QUERY, SELECTION } from '../../journal/query.ts'
import { VERIFY_ANSWER, VERIFY_REQUEST } from '../../journal/verify/expectation.ts'
import { endpoint } from '../endpoint.ts'
import { numberParameter } from '../parameters.ts'

export const JOURNAL_ENDPOINTS = [
  endpoint({
    method: 'GET',
    path: '/journal',
    summary: 'What happened: requests, responses, streams, events, changes and faults',
    operation: 'journal.query',
    query: QUERY,
    answers: {
      200: { description: 'Oldest first, and what was evicted', schema: JOURNAL_PAGE },
    },
    run: (control, { query }) => control.journal.query(query),
  }),
  endpoint({
    method: 'DELETE',
    path: '/journal',
    summary: 'Forget all entries; ids are not used again',
    operation: 'journal.clear',
    answers: { 204: { description: 'Done' } },
    run: (control) => control.journal.clear(),
  }),
  endpoint({
    method: 'GET',
    path: '/journal/effects',
    summary: 'What followed from a change: to whom its lines went and when, and who polled',
    operation: 'journal.effects',
    query: z.strictObject({ correlation: z.string().min(1).max(100) }),
    answers: {
      200: { description: 'As far as the journal reaches back', schema: EFFECTS },
    },
    run: (control, { query }) => control.journal.effects(query.correlation),
  }),
  endpoint({
    method: 'GET',
    path: '/journal/stream',
    summary: 'Follow the journal: an event for each entry, from Last-Event-ID or since on',
    operation: 'journal.follow',
    query: z.strictObject({ ...SELECTION, since: numberParameter('since').optional() }),
    answers: {
      200: {
        description:
          'The id of an event is that of the entry; an event "gone" names entries that were evicted before they could be sent, and an event "alive" comes every 15 s',
        media: 'text/event-stream',
        schema: ENTRY,
      },
    },
    run: (control, { query, request, response }) => {
      control.journal.follow(request, response, query)
    },
  }),
  endpoint({
    method: 'GET',
    path: '/journal.jsonl',
    summary: 'All entries, one line of JSON for each',
    operation: 'journal.jsonl',
    query: z.strictObject(SELECTION),
    answers: {
      200: { description: 'Oldest first', media: 'application/x-ndjson', schema: ENTRY },
    },
    run: (control, { query, response }) => {
      response.type('application/x-ndjson')
      control.journal.jsonl(query).pipe(response)
    },
  }),
  endpoint({
    method: 'GET',
    path: '/journal.har',
    summary: 'All requests and responses as an HTTP Archive (HAR 1.2)',
    operation: 'journal.har',
    answers: { 200: { description: 'The archive', media: 'application/json' } },
    run: (control) => JSON.stringify(control.journal.har()),
  }),
  endpoint({
    method: 'POST',
    path: '/verify',
    summary: 'Whether what happened is what was expected, and what came close',
    operation: 'journal.verify',
    body: VERIFY_REQUEST,
    answers: {
      200: {
        description:
          'A verdict for each expectation; "inconclusive" when the journal does not know',
        schema: VERIFY_ANSWER,
      },
    },
    run: (control, { body }) => control.journal.verify(body),
  }),
]
