/**
 * The health check of a proxy: 200 when every back end is connected, and a message for each one.
 */
export async function healthOf(
  adminPort: number,
): Promise<{ readonly status: number; readonly message: string }> {
  const response = await fetch(`http://127.0.0.1:${adminPort}/healthcheck`)
  return { status: response.status, message: await response.text() }
}
