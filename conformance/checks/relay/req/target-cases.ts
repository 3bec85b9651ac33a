const LONG_QUERY_BYTES = 4096

/** Request targets that must arrive as they were sent. */
export interface TargetCase {
  readonly name: string
  readonly title: string
  readonly meaning: string
  readonly level: 'must' | 'should'
  readonly kills: readonly string[]
  readonly ends: readonly string[]
  /** True: refusing or redirecting the request is no change of it. */
  readonly mayRefuse?: boolean | undefined
}

export const TARGET_CASES: readonly TargetCase[] = [
  {
    name: 'path',
    title: 'Letter case and punctuation of a path reach the back end unchanged',
    meaning: 'Some URLs of the back end cannot be reached.',
    level: 'must',
    kills: ['lowercases-path', 'cuts-path-parameters', 'strips-trailing-slash'],
    ends: ['/Feed/A_b-c.d~e.atom', '/section;v=1.2,3/it(1)!*@:$&+=', '/ends-with-slash/'],
  },
  {
    name: 'path-encoding',
    title: 'Percent-encoded bytes of a path reach the back end encoded',
    meaning: 'Names with spaces, question marks or accents are not found.',
    level: 'must',
    kills: ['decodes-path'],
    ends: ['/a%20b', '/caf%C3%A9', '/what%3Fx=1', '/100%25'],
  },
  {
    name: 'path-spelling',
    title: 'Percent-encoding that is not normal reaches the back end as it is',
    meaning: 'Signatures over URLs do not match, and back ends that compare URLs find nothing.',
    level: 'should',
    kills: ['normalises-encoding'],
    ends: ['/%7Efeed', '/caf%c3%a9', '/%41'],
  },
  {
    name: 'path-dots',
    title: 'Dot segments of a path reach the back end, or the request is refused or redirected',
    meaning: 'Another resource is served: rules for paths can be bypassed.',
    level: 'should',
    kills: ['resolves-dots'],
    ends: ['/a/../b', '/a/./b'],
    mayRefuse: true,
  },
  {
    name: 'path-slash',
    title: 'An encoded slash in a path reaches the back end encoded, or the request is refused',
    meaning: 'Another resource is served: rules for paths can be bypassed.',
    level: 'should',
    kills: ['decodes-slash'],
    ends: ['/a%2Fb'],
    mayRefuse: true,
  },
  {
    name: 'path-quote',
    title: 'An apostrophe in a path reaches the back end as it is',
    meaning: 'Back ends that compare URLs find another resource, or none.',
    level: 'should',
    kills: ['escapes-quotes'],
    ends: ["/it's"],
  },
  {
    name: 'path-double-slash',
    title: 'A double slash in a path reaches the back end, or the request is refused or redirected',
    meaning: 'Back ends that use empty segments serve another resource.',
    level: 'should',
    kills: ['merges-slashes'],
    ends: ['//a', '/a//b'],
    mayRefuse: true,
  },
  {
    name: 'query',
    title: 'A query reaches the back end unchanged, order and encoding included',
    meaning: 'Back ends see other parameters than the client sent.',
    level: 'must',
    kills: ['sorts-query', 'drops-query', 'recodes-query'],
    ends: ['?b=2&a=1&b=&c', '?q=a+b%20c%2B&u=http%3A%2F%2Fx%2F%3Fy', '?lastEventId=7%2F8'],
  },
  {
    name: 'query-odd',
    title: 'An unusual query reaches the back end unchanged',
    meaning: 'Cache-busting parameters and old clients get an error.',
    level: 'should',
    kills: ['tidies-query'],
    ends: ['?', '?&&a=&', '?a;b=1', '?a=b?c=d', '?1700000000'],
  },
  {
    name: 'query-long',
    title: 'A query of 4 KiB reaches the back end whole',
    meaning: 'Long parameters are cut without a message.',
    level: 'must',
    kills: ['truncates-target-2k'],
    ends: [`?x=${'y'.repeat(LONG_QUERY_BYTES)}z`],
  },
]
