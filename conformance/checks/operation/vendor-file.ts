import type { RawClient } from '../../client/raw-client.ts'
import type { OriginExchange } from '../../origin/origin-exchange.ts'
import type { Rig } from '../../rig/rig.ts'
import type { FileOutcome, RunningTarget } from '../../runner/target.ts'
import { servesOrdinaryRequest } from '../clients/ordinary-request.ts'

/** A target started with a configuration file of the check, and one client. */
export interface Configured {
  readonly target: RunningTarget
  readonly client: RawClient
  readonly upstream: OriginExchange
}

/** The start of every file: the two ports. The check adds the rest. */
export const SERVER = `server:
  applicationConnectors:
    - type: http
      port: {frontPort}
  adminConnectors:
    - type: http
      port: {adminPort}
`

/** A back end URL of the suite that only this check uses. */
export function freshUrl(t: Rig): string {
  return `http://127.0.0.1:${t.second.origin.port}/file/${t.token()}`
}

/** The stream that a target holds open at such a URL. */
export async function upstreamAt(t: Rig, url: string): Promise<OriginExchange> {
  const { pathname } = new URL(url)
  const found = (): OriginExchange | undefined =>
    t.second.streams.find(({ request: { target } }) => target === pathname)
  await t.requireEventually(
    () => found() !== undefined,
    `no request for ${pathname} came`,
    t.reconnectMs,
  )
  const upstream = found()
  if (upstream === undefined) t.fail('the target disconnected from the back end at once')
  return upstream
}

/**
 * Starts a target with a file and requires that it forwards an event. `{uri}` in the text becomes
 * the back end's URL.
 */
export async function runsWith(
  t: Rig,
  text: string,
  environment?: Readonly<Record<string, string>>,
): Promise<Configured> {
  const url = freshUrl(t)
  const outcome = await t.target.startWithFile({
    text: text.replaceAll('{uri}', url),
    environment: environment ?? {},
  })
  if (outcome.kind === 'refused') t.fail(`the file was refused: ${firstLines(outcome.output)}`)
  const { target } = outcome
  const client = t.connect({}, target.frontUrl)
  await t.opens(client)
  const upstream = await upstreamAt(t, url)
  upstream.write('data: configured\n\n')
  await t.requireEventually(
    () => client.hasEvent('configured'),
    'an event did not arrive on the stream',
  )
  return { target, client, upstream }
}

/**
 * Requires that the target refuses this file with an exit code other than 0. Returns its output.
 */
export async function refuses(t: Rig, text: string): Promise<string> {
  await servesOrdinaryRequest(t)
  const outcome: FileOutcome = await t.target.startWithFile({
    text: text.replaceAll('{uri}', freshUrl(t)),
  })
  if (outcome.kind === 'running') t.fail('the target runs with an invalid file')
  t.expect(outcome.exitCode !== 0, 'the target exited with code 0 in spite of an invalid file')
  t.expect(outcome.output.trim() !== '', 'the target exited without a message')
  return outcome.output
}

/** Fails unless the output names the mistake. */
export function expectNamed(t: Rig, output: string, ...names: readonly (string | RegExp)[]): void {
  for (const name of names) {
    t.expect(
      new RegExp(name).test(output),
      `the output does not name ${String(name)}: ${firstLines(output)}`,
    )
  }
}

function firstLines(output: string): string {
  return output.split('\n').slice(0, 3).join(' / ')
}
