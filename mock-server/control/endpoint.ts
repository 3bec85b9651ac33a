import type { Request, Response } from 'express'
import type { z } from 'zod'

import type { StoreControl } from './store-control.ts'

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** What an endpoint may answer under one status. */
export interface Answer {
  readonly description: string
  /**
   * The JSON that is sent; with `media`, one line or one event of it. Without both, the answer has
   * no content.
   */
  readonly schema?: z.ZodType | undefined
  /**
   * Media type other than JSON. `run` returns the whole text or bytes, or writes to the response
   * itself and returns nothing, such as for a stream that lasts.
   */
  readonly media?: string | undefined
}

/** What `run` gets: everything in it has passed the declared schemas. */
export interface Call<Params = unknown, Query = unknown, Body = unknown> {
  readonly params: Params
  readonly query: Query
  readonly body: Body
  /** Aborted when the client disconnects. */
  readonly signal: AbortSignal
  readonly request: Request
  /** For answers with `media`. */
  readonly response: Response
}

/** One endpoint of the control API: its route, its check of the input, and its documentation. */
export interface Endpoint<Params = unknown, Query = unknown, Body = unknown> {
  readonly method: Method
  /** Below `/__mock`, with parameters as in OpenAPI: `/items/{id}`. */
  readonly path: string
  readonly summary: string
  /** The method of `store.control` that does the same: `createItem`, `journal.query`. */
  readonly operation: string
  /** An object schema with a member for each parameter of the path. */
  readonly params?: z.ZodType<Params> | undefined
  /** An object schema of texts. Unknown members are refused. Default: no members. */
  readonly query?: z.ZodType<Query> | undefined
  /** A missing body counts as `{}`. Default: no members; a body of GET is ignored. */
  readonly body?: z.ZodType<Body> | undefined
  /** Media type of a body that is not JSON. `body` then gets its text, or `''`. */
  readonly bodyMedia?: string | undefined
  /** By status. What `run` returns has the lowest one, unless it is a `Reply`. */
  readonly answers: Readonly<Record<number, Answer>>
  /** Returns what is sent, or throws. */
  run(control: StoreControl, call: Call<Params, Query, Body>): unknown
}

/** An answer under another status than the lowest declared one. */
export class Reply {
  readonly status: number
  readonly body: unknown

  constructor(status: number, body?: unknown) {
    this.status = status
    this.body = body
  }
}

/** Declares an endpoint: infers the types of what `run` gets from the schemas. */
export function endpoint<Params, Query, Body>(declared: Endpoint<Params, Query, Body>): Endpoint {
  return declared
}
