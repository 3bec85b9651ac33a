import type { ClientRequest } from '../client/client-request.ts'
import type { ConnectionSettings } from '../client/connection.ts'
import type { H2Client } from '../client/h2/h2-client.ts'
import type { RawClient } from '../client/raw-client.ts'
import { reconnectMsOf } from '../runner/reconnect-time.ts'
import type { Finding } from '../runner/outcome/verdict.ts'
import type { Capability, Claims, Limits, Role, Trust } from '../runner/target.ts'
import type { WireEvent } from '../wire/sse/event-reader.ts'
import type { Transcript } from '../wire/transcript.ts'
import { Assertions } from './assertions.ts'
import type { Backend } from './backend.ts'
import { CHANGE_LOGS } from './change-logs.ts'
import { Clients } from './clients.ts'
import { withCircumstances } from './finding/circumstances.ts'
import { statusHint } from './finding/own-answer.ts'
import { randomToken } from './random-token.ts'
import type { RigOptions } from './rig-options.ts'
import type { TargetControl } from './target-control.ts'

/** The event of a target that claims `gap-event`: replay is not exact. */
export const GAP_EVENT = 'sse-proxy-gap'

const MAX_URL_BYTES = 256
/** How often a request is sent that comes too late because this machine is busy. */
const MOST_TRIES = 3
/** Servers answer a late request with 408, 400 or a disconnect. */
const FIRST_ERROR = 400
/** Wait for a head before the first event, for a target that is known to send none by then. */
const NUDGE_AFTER_MS = 50

/** The front of the target as a check uses it: clients, and what tells their streams apart. */
export class FrontSide extends Assertions {
  readonly role: Role
  readonly claims: Claims
  readonly target: TargetControl
  readonly backends: readonly [Backend, ...Backend[]]
  readonly transcript: Transcript
  readonly #options: RigOptions
  readonly #clients: Clients
  readonly #changeLogs = new Set<string>()

  constructor(options: RigOptions) {
    super(options.activity, options.calibration, options.signal)
    this.#options = options
    this.role = options.role
    this.claims = options.claims
    this.target = options.target
    this.backends = options.backends
    this.transcript = options.transcript
    this.#clients = new Clients({
      ...options,
      // [protocol §5.9] A concentrator may send the gap event at any time, claimed or not.
      isOwnEvent: (event) => this.role === 'concentrator' && this.#isOfTarget(event),
    })
  }

  get frontUrl(): string {
    return this.target.running.frontUrl
  }

  get trust(): Trust | undefined {
    return this.#options.trust
  }

  get adminUrl(): string | undefined {
    return this.target.running.adminUrl
  }

  /** How long a target may take to reconnect to a lost back end. */
  get reconnectMs(): number {
    return reconnectMsOf(this.claims) + this.holdMs
  }

  claimsTo(capability: Capability): boolean {
    return this.claims.capabilities.includes(capability)
  }

  /** A limit that the target claims. Skips the check when there is none. */
  claimed(limit: keyof Limits): number {
    return this.claims[limit] ?? this.skip(`the target claims no ${limit}`)
  }

  /** A token that is unique in this run. */
  token(): string {
    return randomToken()
  }

  /** A path of the stream that is unique in this run. */
  path(): string {
    return this.pathOf(this.token())
  }

  /** The path of the stream with this token in it. */
  pathOf(token: string): string {
    return `${this.#options.frontPath}/conformance/${token}`
  }

  /** The URL of a change log that is unique in this run. */
  changeLog(): string {
    const url = `${CHANGE_LOGS}${this.token()}`
    this.#changeLogs.add(url)
    return url
  }

  /** Opens a connection to the front and sends a request on it. */
  connect(
    request: Partial<ClientRequest> = {},
    frontUrl = this.frontUrl,
    connection: ConnectionSettings = {},
  ): RawClient {
    return this.#clients.open({ target: this.path(), ...request }, frontUrl, connection)
  }

  /**
   * The same, with a request that was sent within the time for which the target claims to wait for
   * one: a busy machine may be later, and is rightly refused.
   */
  async connectInTime(
    request: Partial<ClientRequest> = {},
    connection: ConnectionSettings = {},
  ): Promise<RawClient> {
    const limitMs = this.claims.requestWithinMs ?? Infinity
    for (let tries = 1; ; tries += 1) {
      const startMs = performance.now()
      const client = this.connect(request, undefined, connection)
      if (limitMs === Infinity || tries === MOST_TRIES) return client
      await this.eventually(() => client.connected || client.closed)
      if (performance.now() - startMs < limitMs / 2) return client
      await this.eventually(() => client.head !== undefined || client.closed)
      if (client.head !== undefined && client.head.status < FIRST_ERROR) return client
    }
  }

  /**
   * Two clients get answers in turn. A target that got no processor time before has then done what
   * was due.
   */
  override async letTargetRun(): Promise<void> {
    if (this.role === 'gateway') return
    for (let answers = 0; answers < 2; answers += 1) {
      const client = this.connect()
      await this.eventually(() => client.head !== undefined || client.closed)
      client.close()
    }
  }

  /** Opens an HTTP/2 connection to the front. */
  connectH2(windowBytes?: number): H2Client {
    return this.#clients.openH2(this.frontUrl, windowBytes)
  }

  /** Waits for the head of a response that is an event stream. */
  async opens(client: RawClient): Promise<void> {
    await this.answers(client)
    const { head } = client
    if (head === undefined) {
      const broken = client.violations.length === 0 ? '' : `: ${client.violations.join('; ')}`
      this.fail(`${client.ending ?? 'the connection ended without a response'}${broken}`, 'no-head')
    }
    this.expect(
      head.status === 200,
      `the status is ${head.status} ${head.reason} instead of 200${statusHint(head.status)}`,
      'status',
    )
    const type = client.field('content-type') ?? 'missing'
    this.expect(
      /^text\/event-stream\s*(;|$)/i.test(type),
      `Content-Type is ${type} instead of text/event-stream`,
      'content-type',
    )
  }

  /**
   * Waits for a response head. A concentrator that sends it only with the first event gets an
   * event, so that `flush.headers` alone is about this fault.
   */
  async answers(client: RawClient): Promise<void> {
    const came = (): boolean => client.head !== undefined || client.closed
    const { calibration } = this
    const limitMs = calibration.headNeedsEvent === true ? NUDGE_AFTER_MS : this.holdMs
    if (await this.eventually(came, limitMs)) return
    if (this.role === 'concentrator' && client.connected) {
      this.nudge()
      if (await this.eventually(came)) {
        calibration.headNeedsEvent = true
        return
      }
    }
    const what = client.connected
      ? `no response head came${this.role === 'concentrator' ? ', not even with an event' : ''}`
      : 'the front did not accept the connection'
    this.fail(
      `${what} (waited ${Math.round(this.holdMs)} ms)`,
      client.connected ? 'no-head' : 'gone',
    )
  }

  /**
   * Writes an event that no client of a check sees. The check may be in the middle of an event of
   * the first back end.
   */
  nudge(): void {
    const streams = this.backends.flatMap(({ stream }) => stream ?? [])
    streams.at(-1)?.write(`data: ${CHANGE_LOGS}${this.token()}\n\n`)
  }

  /** The finding with what its check did not look at. Call it before anything is closed. */
  explain(finding: Finding): Finding {
    return withCircumstances(finding, {
      role: this.role,
      clients: this.#clients.all,
      backends: this.backends,
      shared: this.target.hasOthers,
      headNeedsEvent: this.calibration.headNeedsEvent === true,
    })
  }

  closeClients(): void {
    this.#clients.close()
  }

  /** True for a gap event, or for a change log that an earlier check announced. */
  #isOfTarget({ type, data }: WireEvent): boolean {
    const text = data.toString('latin1', 0, MAX_URL_BYTES)
    return (
      type.toString() === GAP_EVENT || (text.startsWith(CHANGE_LOGS) && !this.#changeLogs.has(text))
    )
  }
}
