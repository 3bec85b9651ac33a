import { STORE_URL } from './api.ts'
import { respond, state, update } from './app.ts'

/** Characters that are kept of what came. */
const MAX_KEPT = 100_000

let gone = new AbortController()

/** Opens a stream of this store, as any client would: it is in the list of clients. */
export async function view(): Promise<void> {
  const { path, user, password, lastEventId } = state.viewer
  closeViewer()
  const { signal } = gone
  show('opening', '')
  try {
    const headers: Record<string, string> = { Accept: 'text/event-stream' }
    if (user !== '') headers['Authorization'] = `Basic ${btoa(`${user}:${password}`)}`
    if (lastEventId !== '') headers['Last-Event-ID'] = lastEventId
    const url = new URL(path.replace(/^\/+/, ''), STORE_URL)
    const { status, body } = await fetch(url, { headers, signal })
    show(`HTTP ${status}`, '')
    const reader = body?.pipeThrough(new TextDecoderStream()).getReader()
    for (;;) {
      const next = await reader?.read()
      if (next === undefined || next.done) break
      const { value } = next
      update(({ viewer }) => (viewer.text = (viewer.text + value).slice(-MAX_KEPT)))
    }
    update(({ viewer }) => (viewer.status += ', ended'))
  } catch (error) {
    if (signal === gone.signal) update(({ viewer }) => (viewer.status = String(error)))
  }
}

export function closeViewer(): void {
  gone.abort()
  gone = new AbortController()
  respond(({ viewer }) => (viewer.status = 'closed'))
}

function show(status: string, text: string): void {
  respond(({ viewer }) => {
    viewer.status = status
    viewer.text = text
  })
}
