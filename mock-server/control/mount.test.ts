import { once } from 'node:events'

import express from 'express'
import request from 'supertest'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'

import { acceptBytes } from '../http/body-bytes.ts'
import { answerErrors } from '../http/error-response.ts'
import { serveStore } from '../testing/serve-store.ts'
import { until } from '../testing/until.ts'
import type { Endpoint } from './endpoint.ts'
import { endpoint, Reply } from './endpoint.ts'
import { mountEndpoints } from './mount.ts'
import { numberParameter } from './parameters.ts'

const text = z.strictObject({ text: z.string() })
const common = { summary: 'For tests', operation: 'test' }

/** Serves these endpoints alone, and answers errors with their message. */
async function serve(...endpoints: readonly Endpoint[]) {
  const store = await serveStore()
  await store.close()
  const app = express()
  app.use(...acceptBytes(1_000))
  mountEndpoints(app, endpoints, store.control)
  app.use(
    answerErrors(
      (response, { status, message }) => response.status(status).send(message),
      () => {},
    ),
  )
  return request(app)
}

describe('mountEndpoints', () => {
  it('an endpoint gets its parameters, query and body as its schemas read them', async () => {
    const agent = await serve(
      endpoint({
        ...common,
        method: 'POST',
        path: '/a/{id}',
        params: z.object({ id: numberParameter('a id') }),
        query: z.strictObject({ n: numberParameter('n', { min: 1, max: 9 }).optional() }),
        body: z.strictObject({ x: z.string().default('none') }),
        answers: { 201: { description: 'What it got', schema: z.array(z.unknown()) } },
        run: (_control, { params, query, body }) => [params.id + 1, query.n ?? 0, body.x],
      }),
    )
    const created = await agent.post('/a/41?n=9').send({ x: 'y' })
    expect([created.status, created.body]).toEqual([201, [42, 9, 'y']])
    expect((await agent.post('/a/41')).body).toEqual([42, 0, 'none'])
    const answers = await Promise.all([
      agent.post('/a/b'),
      agent.post('/a/1?n=10'),
      agent.post('/a/1?m=1'),
      agent.post('/a/1').send({ z: 1 }),
      agent.post('/a/1').set('Content-Type', 'application/json').send('{'),
    ])
    expect(answers.map(({ status, text: message }) => [status, message])).toEqual([
      [400, expect.stringContaining('a id: expected a whole number')],
      [400, expect.stringContaining('n: expected a whole number from 1 to 9')],
      [400, expect.stringContaining('"m"')],
      [400, expect.stringContaining('"z"')],
      [400, expect.stringContaining('the body is not JSON')],
    ])
  })

  it('an endpoint without a query and a body refuses members of both', async () => {
    const agent = await serve(
      endpoint({
        ...common,
        method: 'DELETE',
        path: '/a',
        answers: { 204: { description: 'Done' } },
        run: () => undefined,
      }),
    )
    expect((await agent.delete('/a')).status).toBe(204)
    expect((await agent.delete('/a?x=1')).status).toBe(400)
    expect((await agent.delete('/a').send({ x: 1 })).status).toBe(400)
  })

  it('an endpoint reads a body of another media type as text', async () => {
    const agent = await serve(
      endpoint({
        ...common,
        method: 'PUT',
        path: '/a',
        body: z.string(),
        bodyMedia: 'application/yaml',
        answers: { 200: { description: 'The text', schema: text } },
        run: (_control, { body }) => ({ text: body }),
      }),
    )
    const yaml = agent.put('/a').set('Content-Type', 'application/yaml')
    expect((await yaml.send('a: [ü]')).body).toEqual({ text: 'a: [ü]' })
    const broken = agent.put('/a').set('Content-Type', 'application/yaml')
    broken.write(Buffer.from([0xff]))
    expect((await broken).status).toBe(400)
  })

  it('an endpoint answers under another status with a Reply', async () => {
    const agent = await serve(
      endpoint({
        ...common,
        method: 'PUT',
        path: '/a',
        answers: {
          200: { description: 'Replaced', schema: text },
          201: { description: 'Created', schema: text },
        },
        run: () => new Reply(201, { text: 'new' }),
      }),
    )
    const created = await agent.put('/a')
    expect([created.status, created.body]).toEqual([201, { text: 'new' }])
  })

  it('an endpoint with a media type returns the text of its answer', async () => {
    const agent = await serve(
      endpoint({
        ...common,
        method: 'GET',
        path: '/a',
        answers: { 200: { description: 'Lines', media: 'application/x-ndjson' } },
        run: () => '1\n2\n',
      }),
    )
    const lines = await agent.get('/a').buffer(true)
    expect([lines.type, lines.text]).toEqual(['application/x-ndjson', '1\n2\n'])
  })

  it('an endpoint with a media type writes a stream, and its signal is aborted when the client leaves', async () => {
    let isAborted = false
    const stream = endpoint({
      ...common,
      method: 'GET',
      path: '/a',
      answers: { 200: { description: 'Events', media: 'text/event-stream' } },
      run: (_control, { response, signal }) => {
        signal.addEventListener('abort', () => (isAborted = true))
        response.type('text/event-stream').write('data: 1\n\n')
      },
    })
    const app = express()
    await using store = await serveStore()
    mountEndpoints(app, [stream], store.control)
    const server = app.listen(0, '127.0.0.1')
    await once(server, 'listening')
    try {
      const address = server.address()
      const port = typeof address === 'object' ? address?.port : undefined
      const gone = new AbortController()
      const { body } = await fetch(`http://127.0.0.1:${port}/a`, { signal: gone.signal })
      const first = await body?.getReader().read()
      expect(Buffer.from(first?.value ?? []).toString()).toBe('data: 1\n\n')
      gone.abort()
      await until(() => isAborted, 'the signal is aborted')
    } finally {
      server.closeAllConnections()
      server.close()
    }
  })

  it.each([
    ['a missing member', {}],
    ['a member that is not declared', { text: 'a', more: 1 }],
    ['no content', undefined],
    ['a status that is not declared', new Reply(202, { text: 'a' })],
  ])(
    'in tests, an answer that differs from its declaration is a 500: %s',
    async (_what, answer) => {
      const agent = await serve(
        endpoint({
          ...common,
          method: 'GET',
          path: '/a',
          // Not strict, so that the check itself has to find what is too much.
          answers: { 200: { description: 'A text', schema: z.object({ text: z.string() }) } },
          run: () => answer,
        }),
      )
      const { status, text: message } = await agent.get('/a')
      expect([status, message]).toEqual([500, expect.stringContaining('GET /__mock/a, answer 20')])
    },
  )
})
