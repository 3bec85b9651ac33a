import type { RawClient } from '../../client/raw-client.ts'
import type { OriginExchange } from '../../origin/origin-exchange.ts'
import type { Rig } from '../../rig/rig.ts'
import type { FileOutcome, RunningTarget } from '../../runner/target.ts'
import { servesOrdinaryRequest } from '../clients/ordinary-request.ts'

/** A target that was started with a file of the check's, and one of its clients. */
export interface Configured {
  readonly target: RunningTarget
  readonly client: RawClient
  readonly upstream: OriginExchange
}

/** What every file has: the two ports. What follows is the check's. */
export const SERVER = `server:
  applicationConnectors:
    - type: http
      port: {frontPort}
  adminConnectors:
    - type: http
      port: {adminPort}
`

/** The URL of a back end of the suite that only this check reads. */
export function freshUrl(t: Rig): string {
  return `http://127.0.0.1:${t.second.origin.port}/file/${t.token()}`
}

/** The stream that a target holds at such a URL. */
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
  if (upstream === undefined) t.fail('the target left the back end at once')
  return upstream
}

/** Starts a target with a file; it has to run and pass an event on. `{uri}` in the text is the back end's. */
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

/** Targets run, this file is refused with an error code; returns what was said. */
export async function refuses(t: Rig, text: string): Promise<string> {
  await servesOrdinaryRequest(t)
  const outcome: FileOutcome = await t.target.startWithFile({
    text: text.replaceAll('{uri}', freshUrl(t)),
  })
  if (outcome.kind === 'running') t.fail('the target runs with a file that cannot be right')
  t.expect(outcome.exitCode !== 0, 'the target ended with exit code 0, as if all were well')
  t.expect(outcome.output.trim() !== '', 'the target ended without a word')
  return outcome.output
}

/** Fails unless what was said names the mistake. */
export function expectNamed(t: Rig, output: string, ...names: readonly (string | RegExp)[]): void {
  for (const name of names) {
    t.expect(
      new RegExp(name).test(output),
      `what it says does not name ${String(name)}: ${firstLines(output)}`,
    )
  }
}

function firstLines(output: string): string {
  return output.split('\n').slice(0, 3).join(' / ')
}
