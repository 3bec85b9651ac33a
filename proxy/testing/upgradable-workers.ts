import { RawClient } from './raw-client.ts'
import type { ScriptedBackEnd } from './scripted-back-end.ts'
import { UpgradableProxy } from './upgradable-proxy.ts'

/** A proxy with two workers that has connected to its back end. */
export async function startWithWorkers(
  backEnd: ScriptedBackEnd,
  settings: object = {},
): Promise<UpgradableProxy> {
  const proxy = await UpgradableProxy.start({
    backEnds: [backEnd.uri],
    settings: { workers: 2, ...settings },
  })
  await backEnd.requested(1)
  return proxy
}

/** Every tenth speaks HTTP/1.0. With more than a few, each worker has some. */
export async function connectClients(
  { port }: UpgradableProxy,
  count: number,
): Promise<readonly RawClient[]> {
  return await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      return await RawClient.get({ port, version: index % 10 === 0 ? '1.0' : '1.1' })
    }),
  )
}

/** The status with which a further client is answered. */
export async function statusOf({ port }: UpgradableProxy): Promise<string | undefined> {
  await using client = await RawClient.get({ port })
  return client.head?.slice(9, 12)
}
