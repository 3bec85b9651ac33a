import type { ServerProcess } from './server-process.ts'

/** Tells the store of the proxy, so that its page shows both streams side by side. */
export async function nameProxy(
  storeUrl: string,
  { url, adminUrl }: Pick<ServerProcess, 'url' | 'adminUrl'>,
): Promise<void> {
  const response = await fetch(`${storeUrl}/__mock/proxy`, {
    method: 'PUT',
    body: JSON.stringify({ url, adminUrl }),
  })
  if (!response.ok) throw new Error(`the store refused the proxy: ${await response.text()}`)
}
