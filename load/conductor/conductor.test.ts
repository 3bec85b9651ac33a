import { describe, expect, it } from 'vitest'

import { startConductor } from './conductor.ts'

describe('the conductor', () => {
  it('lets nobody go before all have come, and tells what each has brought', async () => {
    await using conductor = await startConductor({ parties: 3 })
    const order: number[] = []
    const early = [3, 1].map(async (party) => {
      const answer = await meet(conductor.url, 'start', party, party * 10)
      order.push(party)
      return answer
    })
    // Another meeting that is complete shows that these two are held back, not slow.
    await Promise.all([1, 2, 3].map((party) => meet(conductor.url, 'other', party, 0)))
    expect(order).toEqual([])
    const last = await meet(conductor.url, 'start', 2, 20)
    expect([last, ...(await Promise.all(early))]).toEqual(
      Array.from({ length: 3 }, () => ({ status: 200, body: { values: [10, 20, 30] } })),
    )
  })

  it('sends everybody home when one leaves, also those who come later', async () => {
    await using conductor = await startConductor({ parties: 2 })
    const waiting = meet(conductor.url, 'start', 1, 0)
    await fetch(`${conductor.url}/leave`, { method: 'POST' })
    expect((await waiting).status).toBe(409)
    expect((await meet(conductor.url, 'start', 2, 0)).status).toBe(409)
  })

  it.each([
    ['{"party": 3}', 'expected a party from 1 to 2, got 3'],
    ['{"party": "1"}', 'expected {"party": NUMBER'],
    ['nonsense', 'JSON'],
  ])('refuses %s', async (body, complaint) => {
    await using conductor = await startConductor({ parties: 2 })
    const response = await fetch(`${conductor.url}/meet/a`, { method: 'POST', body })
    expect(response.status).toBe(400)
    expect(await response.text()).toContain(complaint.replaceAll('"', String.raw`\"`))
  })

  it('keeps connections open between meetings, however long that is', async () => {
    await using conductor = await startConductor({ parties: 1 })
    const response = await fetch(`${conductor.url}/ping`)
    // Where Node closes connections that rest, it says after how many seconds.
    expect(response.headers.get('keep-alive')).toBeNull()
  })

  it('knows no other paths and methods', async () => {
    await using conductor = await startConductor({ parties: 1 })
    expect((await fetch(`${conductor.url}/meet/`, { method: 'POST' })).status).toBe(404)
    expect((await fetch(`${conductor.url}/meet/a`)).status).toBe(405)
    expect(await (await fetch(`${conductor.url}/ping`)).json()).toEqual({ parties: 1 })
  })
})

async function meet(url: string, name: string, party: number, value: number) {
  const body = JSON.stringify({ party, value })
  const response = await fetch(`${url}/meet/${name}`, { method: 'POST', body })
  const answer: unknown = await response.json()
  return { status: response.status, body: answer }
}
