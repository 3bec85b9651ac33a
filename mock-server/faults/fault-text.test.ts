import { expect, it } from 'vitest'

import { MockServerError } from '../errors.ts'
import { parseConfig } from '../config.ts'
import { serveStore } from '../testing/serve-store.ts'

function faultsOf(...flags: readonly string[]): unknown {
  const config = parseConfig(
    flags.flatMap((text) => ['--fault', text]),
    {},
  )
  return config.kind === 'run' ? config.settings.fault : undefined
}

it('the flag --fault sets a fault with its parameters, and may be repeated', () => {
  expect(
    faultsOf(
      'name=slow,kind=latency,ms=500,scope=feed,path=/webservice/**',
      'name=503,kind=connections,scope=item,max=0,mode=503,window.afterMs=0,window.forMs=9',
      'name=c,kind=fin,scope=sse-open,clean=true',
    ),
  ).toEqual([
    { name: 'slow', kind: 'latency', ms: 500, scope: 'feed', path: '/webservice/**' },
    {
      name: '503',
      kind: 'connections',
      scope: 'item',
      max: 0,
      mode: '503',
      window: { afterMs: 0, forMs: 9 },
    },
    { name: 'c', kind: 'fin', scope: 'sse-open', clean: true },
  ])
})

it.each([
  'kind=latency',
  'name=a',
  'name=a,kind=late',
  'name=a,kind=status,scope=sse-open,status=503',
  'name=a,kind=reset,scope=feed,name=a,kind=fin,scope=feed',
  'name=a,kind=down,ms=5',
  '',
])('the flag --fault refuses %j and shows what it expects', (text) => {
  const parse = (): unknown => faultsOf(text)
  expect(parse).toThrow(MockServerError)
  expect(parse).toThrow('--fault: expected faults such as name=slow,kind=latency')
})

it.each([
  ['name=a,kind=latency,scope=feed', 'fault.0.ms: '],
  ['name=a,kind=late,scope=feed', 'fault.0.kind: '],
  ['name=a,kind=status,scope=sse-open,status=503', 'fault.0.scope: status has no scope sse-open'],
  ['name=a,kind=fin,scope=item,name=b,kind=status,scope=item,status=1', 'fault.1.status: '],
  ['name=a,kind=reset,scope=feed,window.afterMs=-1,window.forMs=1', 'fault.0.window.afterMs: '],
])('the flag --fault names the wrong parameter of %j', (text, expected) => {
  expect(() => faultsOf(text)).toThrow(expected)
})

it('a store starts with the faults of its settings', async () => {
  await using store = await serveStore({
    fault: [
      { name: 'busy', kind: 'status', scope: 'feed', status: 503, contentType: 'text/plain' },
    ],
  })
  const response = await fetch(`${store.url}/webservice/escenic/changelog`)
  expect([response.status, await response.text()]).toEqual([503, 'the fault "busy" is set\n'])
  expect(store.control.faults()).toMatchObject([{ name: 'busy', strikes: 1 }])
})
