import type { Entry } from './entry.ts'
import { shortened, visibleText } from './visible-text.ts'

/** One line about an entry, in which no character is invisible. */
export function entryText(entry: Entry): string {
  return shortened(visibleText(textOf(entry)), 300)
}

function textOf(entry: Entry): string {
  switch (entry.kind) {
    case 'change': {
      const { change } = entry
      if (change === null) return 'Live Center entry changed'
      const { subject, kind, logs } = change
      return `${subject.kind} ${subject.id} ${kind} · ${logs.join(', ') || 'no log'}`
    }
    case 'frame':
      return `to ${entry.client ?? plural(entry.clients, 'client')}: ${entry.text.trimEnd()}`
    case 'request':
      return `${entry.method} ${entry.url} from ${entry.remoteAddress}`
    case 'response':
      return `${entry.status ?? 'no head'} ${entry.method} ${entry.url} · ${entry.durationMs} ms, ${entry.bytes} B${entry.complete ? '' : ', cut off'}`
    case 'connect':
      return `${entry.client} opened ${entry.path} · ${entry.userAgent ?? 'no user agent'}${entry.lastEventId === null ? '' : ` · after ${entry.lastEventId}`}`
    case 'leave':
      return `${entry.client} left (${entry.reason}) after ${plural(entry.events, 'event')}`
    case 'fault':
    default:
      return `${entry.name} (${entry.fault}, ${entry.scope}) struck ${entry.client ?? (entry.request === null ? 'the store' : `request ${entry.request}`)}`
  }
}

/** A time that has passed, in one unit. */
export function ago(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000))
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h`
  return `${Math.floor(seconds / 86_400)} d`
}

export function plural(count: number, noun: string, several = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : several}`
}
