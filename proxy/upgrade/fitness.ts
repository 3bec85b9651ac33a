import type { BoundaryGuard } from '../boundary-guard.ts'
import { CookieJar } from '../backend/cookie-jar.ts'
import { lost } from '../backend/trouble.ts'
import { Upstream } from '../backend/upstream.ts'
import type { BackEndTarget, Config } from '../config/config.ts'
import { redact } from '../redact.ts'
import type { Hello } from './messages.ts'
import { failed } from './successor-process.ts'

/** Throws `upgrade-failed` if another number of processes would serve the clients. */
export function expectSameProcesses(processes: number, hello: Hello): void {
  if (processes === hello.processes) return
  throw failed(
    `proxy.workers: the clients of ${hello.processes} processes would move to ${processes}, and they move between equal numbers only; restart the proxy`,
  )
}

/** Throws `upgrade-failed` if clients cannot continue with this configuration. */
export function expectSameIds({ engine, settings, backEnds }: Config, hello: Hello): void {
  if (engine !== undefined) {
    throw failed('proxy.engine: clients move to a proxy without a row only; restart the proxy')
  }
  const { ids } = settings.replay
  if (ids !== hello.ids) {
    throw failed('proxy.replay.ids has changed, and clients have the ids before; restart the proxy')
  }
  const uris = backEnds.map(({ uri }) => uri.href).join(' ')
  if (ids === 'upstream' && uris !== hello.backEnds.join(' ')) {
    throw failed('backends has another URL, and clients have its ids; restart the proxy')
  }
}

export interface ProbeOptions {
  readonly config: Config
  readonly hello: Hello
  readonly guard: BoundaryGuard
  readonly nowMs: () => number
}

/**
 * Connects to each back end to which the process before is connected, and disconnects at once.
 * Throws `upgrade-failed` if this configuration does not allow it.
 */
export async function expectBackEnds(options: ProbeOptions): Promise<void> {
  const { config, hello } = options
  const open = config.backEnds.filter(({ uri }) => hello.openBackEnds.includes(uri.href))
  await Promise.all(open.map(async (target) => await probe(target, options)))
}

async function probe(
  target: BackEndTarget,
  { config: { settings }, guard, nowMs }: ProbeOptions,
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const upstream = new Upstream({
      target,
      limits: { ...settings.backEnd, maxFrameBytes: settings.maxFrameBytes },
      cookies: new CookieJar(),
      lastEventId: undefined,
      guard,
      nowMs,
      onOpen: () => {
        resolve()
        upstream.end(lost('it was a test'))
      },
      onFrame: ignore,
      onSilence: ignore,
      onEnd: (_upstream, { error }) => {
        reject(failed(redact(`back end ${target.uri.href}: ${error.message}`)))
      },
    })
    upstream.start()
  })
}

function ignore(): void {}
