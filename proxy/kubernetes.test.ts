import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'

import { parseConfig, readConfig } from './config/read-config.ts'
import { createLogger } from './logger.ts'
import { startProxy } from './start.ts'
import { eventually } from './testing/deadline.ts'
import { describedMetrics } from './testing/metric-names.ts'
import { temporaryFolder } from './testing/temporary-folder.ts'

/** Time that a process needs to end, after `drainMs` and `returnSpreadMs`. */
const CLOSE_MS = 1000

const read = (name: string, folder = 'kubernetes'): unknown =>
  parse(readFileSync(new URL(`../packaging/${folder}/${name}.yaml`, import.meta.url), 'utf8'))

const { data } = z
  .object({ data: z.object({ 'sse-proxy.yaml': z.string() }) })
  .parse(read('configmap'))
const probe = z.object({ httpGet: z.object({ path: z.string(), port: z.literal('admin') }) })
const { spec } = z
  .object({
    spec: z.object({
      template: z.object({
        metadata: z.object({ annotations: z.record(z.string(), z.string()) }),
        spec: z.object({
          terminationGracePeriodSeconds: z.number(),
          containers: z.tuple([
            z.object({
              name: z.string(),
              args: z.array(z.string()),
              ports: z.array(z.object({ name: z.string(), containerPort: z.number() })),
              startupProbe: probe,
              livenessProbe: probe,
              readinessProbe: probe,
            }),
          ]),
        }),
      }),
    }),
  })
  .parse(read('deployment'))
const pod = spec.template.spec
const [container] = pod.containers
const { annotations } = spec.template.metadata

const environment = { CS_USER: 'user', CS_PASSWORD: 'password' }
/** Nothing listens at port 9: its back end is away. */
const text = data['sse-proxy.yaml'].replace('content-store:8080', '127.0.0.1:9')
const config = parseConfig(text, 'configmap', environment)

describe('packaging/kubernetes', () => {
  it('the Deployment has the ports of the configuration', () => {
    const ports = new Map(container.ports.map(({ name, containerPort }) => [name, containerPort]))
    expect(ports.get('stream')).toBe(config.applicationConnectors[0]?.port)
    expect(ports.get('admin')).toBe(config.adminConnectors[0]?.port)
    expect(annotations['prometheus.io/port']).toBe(String(ports.get('admin')))
  })

  it('the Deployment gives a pod the time to drain before it is killed', () => {
    const { drainMs, returnSpreadMs } = config.settings
    expect(drainMs).toBeGreaterThan(0)
    expect(pod.terminationGracePeriodSeconds * 1000).toBeGreaterThan(
      drainMs + returnSpreadMs + CLOSE_MS,
    )
  })

  it('a draining proxy is not ready for the Deployment, but still alive', async () => {
    const free = { host: '127.0.0.1', port: 0 }
    const connectors = {
      applicationConnectors: config.applicationConnectors.map((each) => ({ ...each, ...free })),
      adminConnectors: config.adminConnectors.map((each) => ({ ...each, ...free })),
    }
    const proxy = await startProxy({ ...config, ...connectors }, createLogger('silent'), [])
    const statusOf = async ({ httpGet }: z.infer<typeof probe>): Promise<number> =>
      (await fetch(proxy.adminUrl + httpGet.path)).status
    const { startupProbe, livenessProbe, readinessProbe } = container
    try {
      await eventually('it is ready', async () => (await statusOf(readinessProbe)) === 200)
      expect(await statusOf(startupProbe)).toBe(200)
      const hurry = new AbortController()
      const drained = proxy.drain(hurry.signal)
      expect(await statusOf(readinessProbe)).toBe(503)
      expect(await statusOf(livenessProbe)).toBe(200)
      const metrics = await fetch(proxy.adminUrl + (annotations['prometheus.io/path'] ?? ''))
      expect(await metrics.text()).toContain('sse_proxy_clients{process="1"} 0')
      hurry.abort()
      await drained
    } finally {
      await proxy.close()
    }
  })

  it('the HorizontalPodAutoscaler scales by a metric of the proxy', () => {
    const { spec: scaler } = z
      .object({
        spec: z.object({
          metrics: z.tuple([
            z.object({ pods: z.object({ metric: z.object({ name: z.string() }) }) }),
          ]),
        }),
      })
      .parse(read('horizontal-pod-autoscaler'))
    const names = describedMetrics().map(({ name }) => name)
    expect(names).toContain(scaler.metrics[0].pods.metric.name)
  })
})

describe('packaging/kubernetes-row', () => {
  const { spec: patch } = z
    .object({
      spec: z.object({
        template: z.object({
          spec: z.object({
            containers: z.tuple([
              z.object({
                name: z.string(),
                env: z.array(
                  z.object({
                    name: z.string(),
                    value: z.string().optional(),
                    valueFrom: z
                      .object({ secretKeyRef: z.object({ name: z.string(), key: z.string() }) })
                      .optional(),
                  }),
                ),
              }),
            ]),
          }),
        }),
      }),
    })
    .parse(read('engine', 'kubernetes-row'))
  const [proxy] = patch.template.spec.containers
  const { metadata, spec: redis } = z
    .object({
      metadata: z.object({ name: z.string() }),
      spec: z.object({
        template: z.object({
          spec: z.object({
            containers: z.tuple([
              z.object({
                args: z.tuple([z.string()]),
                env: z.array(
                  z.object({
                    name: z.string(),
                    valueFrom: z.object({ secretKeyRef: z.unknown() }),
                  }),
                ),
                ports: z.array(z.object({ containerPort: z.number() })),
              }),
            ]),
          }),
        }),
      }),
    })
    .parse(read('redis', 'kubernetes-row'))
  const [server] = redis.template.spec.containers

  it('the patch makes the proxies of packaging/kubernetes a row with the Redis of the folder', async () => {
    await using folder = temporaryFolder('kubernetes-')
    const file = join(folder.path, 'sse-proxy.yaml')
    writeFileSync(file, text)
    const variables = proxy.env.map(({ name, value = 'secret' }) => [name, value] as const)
    const { engine } = readConfig(file, {
      ...environment,
      ...Object.fromEntries(variables),
    })
    expect(proxy.name).toBe(container.name)
    expect(engine?.url?.host).toBe(`${metadata.name}:${server.ports[0]?.containerPort}`)
    expect(engine?.credentials?.password).toBe('secret')
  })

  it('proxies and Redis get the password from the same secret', () => {
    const [password] = proxy.env.flatMap(({ valueFrom }) => valueFrom?.secretKeyRef ?? [])
    expect(server.env.map(({ valueFrom }) => valueFrom.secretKeyRef)).toEqual([password])
    expect(server.args[0]).toContain(`requirepass "$${password?.key}"`)
  })

  it('Redis loses nothing that it has acknowledged, and refuses events when it is full', () => {
    expect(server.args[0]).toMatch(/^appendonly yes\nappendfsync always$/m)
    expect(server.args[0]).toMatch(/^maxmemory-policy noeviction$/m)
  })
})
