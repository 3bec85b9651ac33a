/** What ends the program in good order: an operator, a terminal, a terminal that is closed. */
const END_SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const

/**
 * Calls back once, with the first of them. Later ones change nothing, since the end has a deadline anyway: a terminal sends SIGINT to a
 * whole group of processes, and npm passes it on a second time.
 */
export function onEndSignal(callback: (signal: NodeJS.Signals) => void): void {
  let isEnding = false
  for (const signal of END_SIGNALS) {
    process.on(signal, () => {
      if (isEnding) return
      isEnding = true
      callback(signal)
    })
  }
}
