import { eventually } from './eventually.ts'
import { ResyncRig } from './resync-rig.ts'
import type { Edit } from './store-logs.ts'

export const SECTIONS = 6
/** Edited after each recovery, when all announcements have been made. */
const MARKER: Edit = { section: SECTIONS, how: 'change' }

/** What ends the connection between the proxy and the store. */
export const ENDS = ['cut', 'stop store', 'kill store', 'stop proxy', 'kill proxy'] as const
type End = (typeof ENDS)[number]
/** `glimpse` = the proxy reaches the store, and is cut off once it has asked something. */
export type Act = End | 'glimpse' | Edit

export interface Outage {
  /** Edits whose events reach the client. */
  readonly before: readonly Edit[]
  /** Whether the proxy has kept the newest links when the connection ends. */
  readonly isSettled: boolean
  /** Edits whose events are lost on their way. */
  readonly inFlight: readonly Edit[]
  readonly end: End
  readonly during: readonly Act[]
  /** Edits at the moment when the proxy can reach the store again. */
  readonly after: readonly Edit[]
}

/** What was true when the connection ended, and what has happened since. */
interface Span {
  readonly links: ReadonlyMap<string, string>
  /** Events that the client had. */
  readonly events: number
  /** Requests for pages that had come. */
  readonly asked: number
  /** Logs with events since the proxy kept their links: they may be announced unchanged. */
  readonly unsettled: ReadonlySet<string>
  /** Requests for pages, and answers to them, when the store came into reach the last time. */
  askedAtOpening: number
  answeredAtOpening: number
  openings: number
  glimpses: number
  /** Starts of the proxy whose client may have an id that it does not know: it then gets all logs. */
  unknownIds: number
}

/** Outages between a proxy and a store, with a judgement of each recovery. */
export class ResyncTrial implements AsyncDisposable {
  readonly #rig: ResyncRig

  private constructor(rig: ResyncRig) {
    this.#rig = rig
  }

  /** `hasEtags` = whether the store gives its pages ETags. */
  static async start(hasEtags: boolean): Promise<ResyncTrial> {
    const trial = new ResyncTrial(await ResyncRig.start(hasEtags))
    await trial.#rig.logs.addSections(SECTIONS + 1)
    const sections = Array.from({ length: SECTIONS + 1 }, (_, section) => section)
    await trial.#editSeen(sections.map((section) => ({ section, how: 'create' })))
    await trial.#settle()
    return trial
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#rig[Symbol.asyncDispose]()
  }

  /** Goes through an outage. Returns what was wrong with the recovery. */
  async take(outage: Outage): Promise<readonly string[]> {
    const { client, logs, relay } = this.#rig
    const settled = await logs.links()
    const askedBefore = relay.asked.length
    await this.#editSeen(outage.before)
    if (outage.isSettled) await this.#settle()
    const links = await logs.links()
    const span: Span = {
      links,
      events: client.data.length,
      asked: relay.asked.length,
      unsettled: outage.isSettled ? new Set() : movedSince(settled, links),
      askedAtOpening: 0,
      answeredAtOpening: 0,
      openings: 0,
      glimpses: 0,
      unknownIds: 0,
    }
    if (outage.inFlight.length > 0) await this.#loseEvents(outage.inFlight, span, askedBefore)
    await this.#act(outage.end, span)
    for (const act of outage.during) await this.#act(act, span)
    this.#open(span)
    const atOpening = await logs.links()
    for (const edit of outage.after) await logs.edit(edit)
    const now = await logs.links()
    const changed = movedSince(links, now)
    await this.#recovered(span, changed, movedSince(atOpening, now))
    await this.#editSeen([MARKER])
    await this.#settle()
    const marked = movedSince(now, await logs.links())
    return logs.urls.flatMap((url) => {
      const most = outage.after.length + (marked.has(url) ? 1 : 0)
      return [
        ...this.#wrongAnnouncements(url, span, changed.has(url), most),
        ...this.#wrongRequests(url, span, changed.has(url), most),
      ]
    })
  }

  /** Edits, and waits until the client has an event of each log that changed. */
  async #editSeen(edits: readonly Edit[]): Promise<void> {
    const { client, logs } = this.#rig
    const before = await logs.links()
    const events = client.data.length
    for (const edit of edits) await logs.edit(edit)
    const changed = movedSince(before, await logs.links())
    await eventually('the client has the events of edits', () => {
      const data = new Set(client.data.slice(events))
      return [...changed].every((url) => data.has(url))
    })
  }

  /** Edits whose events the proxy never gets, while it asks for the pages that show them. */
  async #loseEvents(edits: readonly Edit[], span: Span, askedBefore: number): Promise<void> {
    const { logs, relay } = this.#rig
    relay.muteStreams()
    // Otherwise it could take a byte from before the edits for one that came after them.
    await this.#rig.proxyHasRead()
    for (const edit of edits) await logs.edit(edit)
    await eventually('the proxy asks for the pages of logs that had events', () => {
      const asked = new Set(relay.asked.slice(askedBefore))
      return [...span.unsettled].every((url) => asked.has(new URL(url).pathname))
    })
  }

  async #settle(): Promise<void> {
    await eventually('the proxy keeps the newest links', async () => await this.#rig.isSettled())
  }

  #open(span: Span): void {
    const { relay } = this.#rig
    span.openings += 1
    span.askedAtOpening = relay.asked.length
    span.answeredAtOpening = relay.answered.length
    relay.open()
  }

  async #act(act: Act, span: Span): Promise<void> {
    const { logs, relay } = this.#rig
    if (typeof act === 'object') {
      await logs.edit(act)
    } else if (act === 'glimpse') {
      span.glimpses += 1
      this.#open(span)
      await eventually('the proxy asks for a page', () => relay.asked.length > span.askedAtOpening)
      relay.cut()
    } else if (act !== 'cut') {
      await this.#restart(act, span)
    } else {
      relay.cut()
    }
  }

  async #restart(act: Exclude<End, 'cut'>, span: Span): Promise<void> {
    const signal = act.startsWith('kill') ? 'SIGKILL' : 'SIGTERM'
    if (act.endsWith('store')) {
      await this.#rig.stopStore(signal)
      this.#rig.relay.cut()
      await this.#rig.startStore()
      return
    }
    await this.#rig.stopProxy(signal)
    this.#rig.relay.cut()
    if (act === 'kill proxy' || span.unknownIds > 0) span.unknownIds += 1
    await this.#rig.startProxy()
  }

  /**
   * Settles when the store has told the proxy about each log that it has not announced meanwhile,
   * and the client has what it must get.
   */
  async #recovered(
    span: Span,
    changed: ReadonlySet<string>,
    announced: ReadonlySet<string>,
  ): Promise<void> {
    const { client, logs, relay } = this.#rig
    // A log that is edited before its answer has changed for the proxy.
    await eventually('the store has answered about each log', () => {
      const answered = relay.answered.slice(span.answeredAtOpening)
      return logs.urls.every((url) => announced.has(url) || answered.some(isKeptLinkOf(url)))
    })
    await eventually(`the client has ${[...changed].join(' ')}`, () => {
      const data = new Set(client.data.slice(span.events))
      return [...changed].every((url) => data.has(url))
    })
  }

  /** `most` = events of edits that the proxy may have seen. */
  #wrongAnnouncements(url: string, span: Span, hasChanged: boolean, most: number) {
    const { client } = this.#rig
    const count = client.data.slice(span.events).filter((data) => data === url).length
    const mayRepeat = hasChanged || span.unsettled.has(url)
    const least = hasChanged ? 1 : 0
    // A log whose question fails is announced.
    const limit = most + span.unknownIds + (mayRepeat ? span.openings : span.glimpses)
    if (count >= least && count <= limit) return []
    const what = hasChanged ? 'changed' : 'did not change'
    return [`${url} ${what}, and was announced ${count} times, not ${least} to ${limit}`]
  }

  #wrongRequests(url: string, span: Span, hasChanged: boolean, most: number) {
    const asked = this.#rig.relay.asked.slice(span.asked)
    const { pathname } = new URL(url)
    const kept = asked.filter(isKeptLinkOf(url)).length
    const newest = asked.filter((path) => path === pathname).length
    const mayRepeat = hasChanged || span.unsettled.has(url)
    // Each announcement costs two: whether the log still exists, and where its next changes begin.
    const announced = most + (mayRepeat ? span.openings : span.glimpses)
    const limit = 2 * announced + span.unknownIds + (span.unsettled.has(url) ? 1 : 0)
    return [
      ...(kept > span.openings ? [`${url}: its kept link was asked for ${kept} times`] : []),
      ...(newest > limit ? [`${url}: its newest page was asked for ${newest} times`] : []),
    ]
  }
}

function movedSince(
  before: ReadonlyMap<string, string>,
  now: ReadonlyMap<string, string>,
): ReadonlySet<string> {
  return new Set([...now].filter(([url, link]) => before.get(url) !== link).map(([url]) => url))
}

function isKeptLinkOf(url: string): (path: string) => boolean {
  const start = `${new URL(url).pathname}/after/`
  return (path) => path.startsWith(start)
}
