import { logPath } from '../content/changes/log-ref.ts'
import type { JournalEntry, RequestEntry, ResponseEntry } from './entry.ts'
import type { EntryReport } from './entry-report.ts'

/** The entry as it is shown. */
export function reportEntry(entry: JournalEntry): EntryReport {
  const noted = {
    id: entry.id,
    at: new Date(entry.atMs).toISOString(),
    correlation: [...correlationOf(entry)],
  }
  switch (entry.kind) {
    case 'request': {
      const { kind, method, url, remoteAddress, response } = entry
      const headers = headersOf(entry.headers)
      return { ...noted, kind, method, url, remoteAddress, headers, response: response?.id ?? null }
    }
    case 'response':
      return { ...noted, ...answerOf(entry) }
    case 'connect': {
      const { kind, request = null, client } = entry
      const { stream, path, host, user, remoteAddress, userAgent, lastEventId } = client
      const who = { host, user, remoteAddress, userAgent, lastEventId }
      return { ...noted, kind, client: client.id, stream, path, ...who, request }
    }
    case 'leave': {
      const { kind, client, connect = entry, reason, events, bytes } = entry
      const durationMs = entry.passedMs - connect.passedMs
      const { id, stream } = client
      return { ...noted, kind, client: id, stream, reason, events, bytes, durationMs }
    }
    case 'frame': {
      const { kind, stream, baseUrl, client = null, clients, events, bytes, kept } = entry
      const text = kept.toString()
      return { ...noted, kind, stream, baseUrl, client, clients, events, bytes, text }
    }
    case 'change': {
      const { kind, change } = entry
      if (change === undefined) return { ...noted, kind, change: null }
      const logs = [...new Set(change.logs.map(logPath))]
      const { id, subject } = change
      return { ...noted, kind, change: { id, kind: change.kind, subject, logs } }
    }
    case 'fault':
  }
  const { kind, name, fault, scope, request = null, client = null } = entry
  return { ...noted, kind, name, fault, scope, request, client }
}

/** The changes that an entry belongs to. */
export function correlationOf(entry: JournalEntry): readonly string[] {
  switch (entry.kind) {
    case 'request':
      return entry.response === undefined ? [] : correlationOf(entry.response)
    case 'response':
      return [...entry.changes, ...rowsOf(entry)]
    case 'frame':
    case 'change':
      return [entry.correlation]
    case 'fault':
      return entry.correlation === undefined ? [] : [entry.correlation]
    case 'connect':
    case 'leave':
  }
  return []
}

/** Names and values of the fields that are kept. */
export function headersOf(kept: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {}
  for (let i = 0; i < kept.length; i += 2) headers[kept[i] ?? ''] = kept[i + 1] ?? ''
  return headers
}

/** How long the request took, in ms of the store's clock. */
export function durationOf({ request, passedMs }: ResponseEntry): number {
  return passedMs - request.passedMs
}

function answerOf(entry: ResponseEntry) {
  const { kind, request, user = null, status = null, bytes, isComplete: complete, page } = entry
  const { id, method, url }: RequestEntry = request
  const headers = headersOf(entry.headers)
  const what = { request: id, method, url, user, status, headers }
  const log = page?.log ?? null
  return { kind, ...what, durationMs: durationOf(entry), bytes, complete, log }
}

function rowsOf({ page }: ResponseEntry): readonly string[] {
  return page?.rows.map(({ changeId }) => `${page.changes}-${changeId}`) ?? []
}
