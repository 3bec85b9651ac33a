import type { IncomingMessage, RequestListener } from 'node:http'

import { assertCount } from '../content/limits.ts'
import type { Seed } from '../content/seed.ts'
import type { StoreControl } from '../control/store-control.ts'
import type { SpaceFolders } from '../durability/space-folders.ts'
import { MockServerError, notFound } from '../errors.ts'
import { HOST_NAME, hostNameOf, isLoopback } from '../http/host-name.ts'
import { mountAt } from '../http/mount-path.ts'
import type { Space } from '../space.ts'
import { readSpaceTarget, SPACE_NAME, spacePath } from './space-name.ts'

export interface NewSpace {
  /** Host names whose requests are served by this space, without a prefix. Default: none. */
  readonly hosts?: readonly string[] | undefined
  /** Event stream URL that its feeds advertise instead of its own. */
  readonly sseEndpoint?: string | undefined
  /** Content before the first change. Default: as the store's. */
  readonly seed?: Seed | undefined
}

/** A space beside the default one. */
export interface NamedSpace {
  readonly name: string
  /** `/space/NAME`: the beginning of the paths that it serves. */
  readonly path: string
  readonly hosts: readonly string[]
  readonly createdAt: string
  readonly control: StoreControl
}

interface Entry extends NamedSpace {
  readonly space: Space
}

export interface SpacesOptions {
  /** Every URL begins with it, even for a host of a space. */
  readonly publicUrl: string
  /** Composes the default space, which serves what no other space serves. */
  readonly createDefault: (spaces: Spaces) => Space
  /** Composes another one. `folder` is where it keeps its content. */
  readonly create: (made: NewSpace, spaces: Spaces, folder: string | undefined) => Space
  /** Where all but the default space are kept. Default: they are lost with the process. */
  readonly folders?: SpaceFolders | undefined
}

/**
 * The spaces of one store. Each has its own content, streams, faults and control, so that testers
 * who share the store do not disturb each other.
 */
export class Spaces {
  readonly #options: SpacesOptions
  readonly #spaces = new Map<string, Entry>()
  readonly #ofHost = new Map<string, Entry>()
  readonly #default: Space

  /** Opens the spaces that earlier runs kept. Throws `bad-data` and `cannot-write`. */
  constructor(options: SpacesOptions) {
    this.#options = options
    this.#default = options.createDefault(this)
    try {
      for (const { name, createdAt, ...made } of options.folders?.load() ?? [])
        this.#add(name, createdAt, made)
    } catch (error) {
      this.close()
      this.release()
      throw error
    }
  }

  /** Control of the default space. */
  get control(): StoreControl {
    return this.#default.control
  }

  /** Oldest first. */
  list(): readonly NamedSpace[] {
    return Array.from(this.#spaces.values(), reported)
  }

  /** Throws `not-found`. */
  get(name: string): NamedSpace {
    return reported(this.#find(name))
  }

  /**
   * Adds a space with the content that the store started with. Throws `bad-request` for an invalid
   * name or host, `conflict` for one that is taken, `limit-reached` at the limit `spaces`, `full` and
   * `cannot-write` for a data folder that does not take it.
   */
  create(name: string, made: NewSpace = {}): NamedSpace {
    assertName(name)
    if (this.#spaces.has(name)) throw new MockServerError('conflict', `there is a space "${name}"`)
    assertCount('spaces', this.#spaces.size + 1)
    const hosts = [...new Set((made.hosts ?? []).map(hostName))]
    assertCount('spaceHosts', hosts.length)
    for (const host of hosts) this.#assertFree(host)
    const { folders } = this.#options
    const createdAt = new Date().toISOString()
    const { sseEndpoint = '', seed } = made
    folders?.begin(name)
    try {
      const created = this.#add(name, createdAt, { hosts, sseEndpoint, seed })
      folders?.keep(name, { createdAt, hosts, sseEndpoint, seed })
      return created
    } catch (error) {
      if (this.#spaces.has(name)) this.#remove(name)
      folders?.clear(name)
      throw error
    }
  }

  /**
   * Removes a space, with its content, and ends its streams and waits. Throws `not-found`, and
   * `cannot-write` for a data folder that cannot be changed.
   */
  delete(name: string): void {
    this.#find(name)
    const { folders } = this.#options
    folders?.forget(name)
    this.#remove(name)
    folders?.clear(name)
  }

  /** Ends the streams and waits of all spaces, the default one included. */
  close(): void {
    const reason = 'the store is shutting down'
    for (const { space } of this.#spaces.values()) space.close(reason)
    this.#default.close(reason)
  }

  /** Comes after `close`, and after the last request. */
  release(): void {
    for (const { space } of this.#spaces.values()) space.release()
    this.#default.release()
  }

  /** Passes each request to its space: by the path, else by the host, else to the default one. */
  readonly handle: RequestListener = (request, response) => {
    const target = readSpaceTarget(request.url ?? '')
    const named = target && this.#spaces.get(target.name)
    if (named !== undefined) {
      request.url = target?.rest
      mountAt(request, named.path)
      named.space.handle(request, response)
      return
    }
    const ofHost = target === undefined ? this.#spaceOfHost(request) : undefined
    if (ofHost !== undefined && this.#options.publicUrl !== '') mountAt(request, ofHost.path)
    const space = ofHost?.space ?? this.#default
    space.handle(request, response)
  }

  #add(name: string, createdAt: string, made: NewSpace): NamedSpace {
    const { hosts = [] } = made
    const space = this.#options.create(made, this, this.#options.folders?.path(name))
    const { control } = space
    const entry = { name, path: spacePath(name), hosts, createdAt, control, space }
    this.#spaces.set(name, entry)
    for (const host of hosts) this.#ofHost.set(host, entry)
    return reported(entry)
  }

  #remove(name: string): void {
    const { hosts, space } = this.#find(name)
    this.#spaces.delete(name)
    for (const host of hosts) this.#ofHost.delete(host)
    space.close(`the space "${name}" was deleted`)
    space.release()
  }

  #find(name: string): Entry {
    const entry = this.#spaces.get(name)
    if (entry === undefined) throw notFound(`space ${JSON.stringify(name.slice(0, 100))}`)
    return entry
  }

  #assertFree(host: string): void {
    const holder = this.#ofHost.get(host)
    if (holder === undefined) return
    throw new MockServerError(
      'conflict',
      `hosts: "${host}" is a host of the space "${holder.name}"`,
    )
  }

  /** The host is the one of the URLs in the answer: behind a front server, the forwarded one. */
  #spaceOfHost({ headers }: IncomingMessage): Entry | undefined {
    if (this.#ofHost.size === 0) return undefined
    const forwarded = [headers['x-forwarded-host']].flat()[0]?.split(',', 1)[0]?.trim()
    const host = hostNameOf(`http://${forwarded || headers.host || ''}`)
    return host === undefined ? undefined : this.#ofHost.get(host)
  }
}

function reported({ space: _space, ...named }: Entry): NamedSpace {
  return named
}

function assertName(name: string): void {
  const [issue] = SPACE_NAME.safeParse(name).error?.issues ?? []
  if (issue === undefined) return
  const shown = JSON.stringify(name.slice(0, 100))
  throw new MockServerError('bad-request', `name: ${issue.message}, got ${shown}`)
}

function hostName(host: string): string {
  const { data } = HOST_NAME.safeParse(host)
  // The default space is reached there.
  if (data !== undefined && !isLoopback(data)) return data
  throw new MockServerError(
    'bad-request',
    `hosts: expected a host name without scheme and port that is not the store's own, got ${JSON.stringify(host.slice(0, 300))}`,
  )
}
