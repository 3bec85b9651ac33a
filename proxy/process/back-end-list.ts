import { isDeepStrictEqual } from 'node:util'

import type { Logger } from 'pino'

import type { BackEndState } from '../backend/back-end-options.ts'
import { BackEnd } from '../backend/back-end.ts'
import { Backoff } from '../backend/backoff.ts'
import type { BoundaryGuard } from '../boundary-guard.ts'
import type { BackEndTarget, Config } from '../config/config.ts'
import { forwardProxyFor } from '../config/forward-proxies.ts'
import { backEndNames, redact } from '../redact.ts'
import type { Frame } from '../sse/frame.ts'
import { logBackEndState } from './log-back-end-state.ts'

/** The callbacks get the number of the back end. See `BackEndOptions`. */
export interface BackEndListOptions {
  readonly config: Config
  readonly logger: Logger
  readonly guard: BoundaryGuard
  /** This proxy's name in chains of proxies. */
  readonly epoch: string
  readonly onFrame: (backEnd: number, frame: Frame, bytes: Buffer) => void
  readonly onReopened: (backEnd: number) => void
  readonly onMissed: (backEnd: number) => void
  readonly onChange: (backEnd: number, state: BackEndState) => void
  /** It is closed, and the configuration has it no more. */
  readonly onRemoved: (backEnd: number) => void
  readonly nowMs: () => number
}

export interface ListedBackEnd {
  /** The number of the back end: a URL keeps it for as long as the proxy runs. */
  readonly index: number
  readonly target: BackEndTarget
  /** For the log: its redacted URL. */
  readonly name: string
  readonly backEnd: BackEnd
}

/** The back ends that the configuration names, also after it has changed. */
export class BackEndList {
  readonly #options: BackEndListOptions
  /** In the order of the configuration. */
  #listed: readonly ListedBackEnd[]
  readonly #byIndex = new Map<number, BackEnd>()
  /** By URL, also of back ends that were removed. */
  readonly #indices = new Map<string, number>()

  constructor(options: BackEndListOptions) {
    this.#options = options
    const { backEnds } = options.config
    const names = backEndNames(backEnds.map(({ uri }) => uri))
    this.#listed = backEnds.map((target, position) => this.#create(target, names[position] ?? ''))
  }

  /** In the order of the configuration. */
  get all(): readonly ListedBackEnd[] {
    return this.#listed
  }

  /** The back end with this number, unless it was removed. */
  get(index: number): BackEnd | undefined {
    return this.#byIndex.get(index)
  }

  /**
   * Connects to the back ends that are new, and again to those whose settings have changed, and
   * disconnects from those that are gone. The connections to the others stay. A change of `tls`
   * alone is for the next connection.
   */
  reload(targets: readonly BackEndTarget[]): void {
    const { logger, onRemoved } = this.#options
    const names = backEndNames(targets.map(({ uri }) => uri))
    const gone = new Map(this.#listed.map((listed) => [listed.target.uri.href, listed]))
    const added: BackEnd[] = []
    this.#listed = targets.map((target, position) => {
      const name = names[position] ?? ''
      const listed = gone.get(target.uri.href)
      gone.delete(target.uri.href)
      if (listed === undefined) {
        logger.info({ backEnd: name }, 'back end added')
        const created = this.#create(target, name)
        added.push(created.backEnd)
        return created
      }
      if (isDeepStrictEqual(listed.target, target)) return listed
      logger.info({ backEnd: name }, 'back end: its settings have changed')
      const isUrgent = !isDeepStrictEqual(withoutTls(listed.target), withoutTls(target))
      listed.backEnd.retarget(target, isUrgent)
      return { ...listed, target, name }
    })
    for (const { index, target, backEnd } of gone.values()) {
      logger.info({ backEnd: redact(target.uri.href) }, 'back end removed')
      backEnd.close()
      onRemoved(index)
      this.#byIndex.delete(index)
    }
    for (const backEnd of added) backEnd.start()
  }

  #create(target: BackEndTarget, name: string): ListedBackEnd {
    const { href } = target.uri
    const index = this.#indices.get(href) ?? this.#indices.size
    this.#indices.set(href, index)
    const backEnd = this.#newBackEnd(target, index, name)
    this.#byIndex.set(index, backEnd)
    return { index, target, name, backEnd }
  }

  #newBackEnd(target: BackEndTarget, index: number, name: string): BackEnd {
    const { config, epoch, logger, guard, nowMs, ...callbacks } = this.#options
    const { backEnd, maxFrameBytes, replay, resync } = config.settings
    const proxy = forwardProxyFor(target.uri, target.forwardProxies)
    if (proxy !== undefined) {
      logger.info(
        { backEnd: name, forwardProxy: proxy.host },
        'back end is asked through a forward proxy',
      )
    }
    let lastTrouble: string | undefined
    return new BackEnd({
      target,
      limits: { ...backEnd, maxFrameBytes, settleMs: resync.settleMs },
      frameFilter: { maxIdBytes: replay.ids === 'proxy' ? undefined : backEnd.maxIdBytes },
      guard,
      backoff: new Backoff({
        firstMs: backEnd.reconnectFirstMs,
        capMs: backEnd.reconnectCapMs,
        jitter: backEnd.reconnectJitter,
        random: Math.random,
      }),
      ownName: epoch,
      onFrame: (frame, bytes) => callbacks.onFrame(index, frame, bytes),
      onReopened: () => callbacks.onReopened(index),
      onMissed: () => callbacks.onMissed(index),
      onChange: (state) => {
        lastTrouble = logBackEndState(state, name, lastTrouble, logger)
        callbacks.onChange(index, state)
      },
      onNotice: (message) => logger.warn({ backEnd: name }, `back end: ${message}`),
      nowMs,
    })
  }
}

function withoutTls({ tls: _tls, ...target }: BackEndTarget): Omit<BackEndTarget, 'tls'> {
  return target
}
