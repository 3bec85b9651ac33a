import type { Call } from '../model/curl.ts'

/** `…/__mock/`, wherever a front has mounted the store: the page is one folder below it. */
export const CONTROL_URL = new URL('..', document.baseURI).href
/** `…/`, below which the web services are. */
export const STORE_URL = new URL('../..', document.baseURI).href

/** A read that takes longer counts as no answer. */
const READ_MS = 20_000

/** An answer that says no. */
export class ApiError extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** Sends a call. Returns its JSON, or its text. Throws `ApiError` with what the store said. */
export async function send<T>({ method, path, body }: Call): Promise<T> {
  const init: RequestInit = { method, headers: { 'X-Mock-Page': '1', ...typeOf(body) } }
  if (method === 'GET') init.signal = AbortSignal.timeout(READ_MS)
  if (body !== undefined) init.body = typeof body === 'string' ? body : JSON.stringify(body)
  const response = await fetch(CONTROL_URL.slice(0, -1) + path, init)
  const text = await response.text()
  const isJson = (response.headers.get('Content-Type') ?? '').includes('json')
  const answer: unknown = isJson && text !== '' ? JSON.parse(text) : text
  if (!response.ok) throw new ApiError(response.status, detailOf(answer) ?? response.statusText)
  // The control API declares what it answers.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return answer as T
}

export async function get<T>(path: string): Promise<T> {
  return await send<T>({ method: 'GET', path })
}

function typeOf(body: unknown): Record<string, string> {
  if (body === undefined) return {}
  return { 'Content-Type': typeof body === 'string' ? 'application/yaml' : 'application/json' }
}

function detailOf(answer: unknown): string | undefined {
  if (typeof answer !== 'object' || answer === null || !('detail' in answer)) return undefined
  return String(answer.detail)
}
