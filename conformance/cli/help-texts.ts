import { COMMAND } from '../command-name.ts'

export const EXAMPLES = `
Examples:
  $ ${COMMAND} --front http://127.0.0.1:9080 --only "flush.*"
  $ ${COMMAND} probe --front http://127.0.0.1:9080 --out my-proxy.yaml
  $ ${COMMAND} --target my-proxy.yaml --junit reports/my-proxy.xml
`

export const EXIT_CODES = `
Exit codes:
  0   every must passed, or failed as the expectation file says
  1   a must failed unexpectedly, or could not be judged
  2   wrong usage, or a file with mistakes
  3   the target cannot be reached, or a gate failed
  4   no check was selected
  5   an expected failure no longer happens
  6   a should failed and --strict was given
  70  a fault of the suite

Environment: SSE_CONFORMANCE_TARGET, SSE_CONFORMANCE_ROLE and SSE_CONFORMANCE_WAIT set --target, --role and --wait.
`

export const PROBE_HELP = `
Examples:
  $ ${COMMAND} probe --front http://127.0.0.1:9080 --out my-proxy.yaml
  $ ${COMMAND} probe --spawn 'my-proxy --port {frontPort} --from {backendUrl}'

Exit codes:
  0   the target file is written
  2   wrong usage, or a file with mistakes
  3   the target cannot be reached, or a gate failed
  70  a fault of the suite
`
