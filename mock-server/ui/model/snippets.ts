export interface Snippet {
  readonly name: string
  readonly text: string
}

/** How to listen, in several languages, with the addresses of this store. */
export function snippets(storeUrl: string, proxyUrl: string): readonly Snippet[] {
  const stream = `${storeUrl}webservice/escenic/changelog/sse`
  const listened = proxyUrl === '' ? stream : `${proxyUrl}/`
  return [
    { name: 'curl', text: `curl -N -u user:password ${stream}` },
    {
      name: 'EventSource, through a proxy',
      text: `const source = new EventSource('${listened}')
source.onmessage = ({ data }) => console.log('poll', data)`,
    },
    {
      name: 'Node',
      text: `const headers = { Authorization: 'Basic ' + btoa('user:password') }
const { body } = await fetch('${stream}', { headers })
for await (const chunk of body.pipeThrough(new TextDecoderStream())) process.stdout.write(chunk)`,
    },
    {
      name: 'Java 21',
      text: `var request = HttpRequest.newBuilder(URI.create("${listened}")).build();
HttpClient.newHttpClient()
    .send(request, HttpResponse.BodyHandlers.ofLines())
    .body().forEach(System.out::println);`,
    },
    {
      name: 'nginx in front of a proxy',
      text: `location / {
  proxy_pass ${proxyUrl || 'http://127.0.0.1:9080'};
  proxy_buffering off;
  proxy_http_version 1.1;
  proxy_set_header Connection "";
  proxy_read_timeout 1h;
}`,
    },
    {
      name: 'sse-proxy.yaml',
      text: `backends:
  - uri: ${stream}
    credentials: {username: user, password: password}`,
    },
  ]
}
