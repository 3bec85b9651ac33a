import { eventually } from './deadline.ts'
import { healthOf } from './health.ts'
import { type ProxyUnderTest, runProxy } from './run-proxy.ts'

/** Settings of back ends with which the proxy does not connect again within a test. */
export const once = { reconnectFirstMs: 600_000, reconnectCapMs: 600_000 }

/**
 * A proxy with one back end, which it soon connects again by default. `backEnd` = further keys of the
 * back end, `settings` = settings of all back ends.
 */
export async function runWithBackEnd(
  uri: string,
  backEnd: object,
  settings: object = {},
): Promise<ProxyUnderTest> {
  const quick = { reconnectFirstMs: 50, reconnectCapMs: 50, reconnectJitter: 0 }
  return await runProxy({
    backEnds: [],
    settings: { backEnd: { ...quick, ...settings } },
    blocks: { backends: [{ uri, ...backEnd }] },
  })
}

/** The health of the proxy, once it has this text; by default, once the back end is away. */
export async function troubleOf(proxy: ProxyUnderTest, text = 'next attempt'): Promise<string> {
  return await eventually(`health has: ${text}`, async () => {
    const { message } = await healthOf(proxy.adminPort)
    return message.includes(text) && message
  })
}
