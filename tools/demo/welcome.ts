export interface DemoUrls {
  readonly storeUrl: string
  readonly proxyUrl: string
  readonly adminUrl: string
}

/** What `npm start` shows: where everything is, and three commands to type. */
export function welcome({ storeUrl, proxyUrl, adminUrl }: DemoUrls): string {
  const service = `${storeUrl}/webservice/escenic`
  return `
Open ${storeUrl}/__mock/ui/ in a browser: the page edits content, breaks things, and shows both streams.

Mock Content Store
  start feed     ${service}/section/ROOT/subsections
  change logs    ${service}/changelog
  event stream   ${service}/changelog/sse
  control API    ${storeUrl}/__mock/info
  login          user:password
SSE Proxy
  event stream   ${proxyUrl}/
  health         ${adminUrl}/healthcheck

1. Read a change log:
   curl -u user:password ${service}/changelog/section/12
2. Listen through the proxy, in another terminal:
   curl -N ${proxyUrl}/
3. Make a change, and see the event arrive there:
   curl -X POST ${storeUrl}/__mock/items -d '{"section": 12, "title": "Hello"}'

Ctrl-C stops both.
`
}
