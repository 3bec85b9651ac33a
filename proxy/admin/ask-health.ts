const ANSWER_MS = 5_000

/**
 * Why a proxy is not healthy; undefined when it is. Asks the admin port at `adminUrl`: whether the
 * process answers, or with `isReady` whether all back ends are connected. [protocol §6.1, §6.2]
 */
export async function askHealth(adminUrl: URL, isReady: boolean): Promise<string | undefined> {
  const page = new URL(isReady ? '/healthcheck' : '/ping', adminUrl)
  const shown = page.origin + page.pathname
  try {
    const response = await fetch(page, {
      signal: AbortSignal.timeout(ANSWER_MS),
      redirect: 'manual',
    })
    await response.body?.cancel()
    return response.status === 200 ? undefined : `${shown}: expected 200, got ${response.status}`
  } catch (error) {
    const reason = error instanceof Error && error.cause instanceof Error ? error.cause : error
    return `${shown}: no answer: ${reason instanceof Error ? reason.message : String(reason)}`
  }
}
