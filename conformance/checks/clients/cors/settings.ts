import type { Rig } from '../../../rig/rig.ts'
import { forConcentrator, type StreamCheck } from '../../stream-check.ts'
import { runsWith, SERVER } from '../../operation/vendor-file.ts'

const SITE = 'https://desk.newsroom.example'
const OTHER_SITE = 'https://other.example.net'

type Field = (name: string) => string | undefined

/** A target whose file has this `cors` block, and what it answers to a page of the given site. */
async function answerTo(t: Rig, cors: string, origin: string): Promise<Field> {
  const { target, upstream } = await runsWith(
    t,
    `${SERVER}backends:\n  - uri: {uri}\ncors:\n${cors}`,
  )
  const client = t.connect({ fields: [{ name: 'Origin', value: origin }] }, target.frontUrl)
  await t.opens(client)
  const data = t.token()
  upstream.write(`data: ${data}\n\n`)
  await t.requireEventually(() => client.hasEvent(data), 'an event did not arrive on the stream')
  return (name) => client.field(name)
}

function allowsSite(t: Rig, field: Field): void {
  const allowed = field('access-control-allow-origin') ?? 'missing'
  t.expect(allowed === SITE, `Access-Control-Allow-Origin is ${allowed} instead of ${SITE}`)
}

function setting(
  definition: Pick<StreamCheck, 'id' | 'title' | 'level' | 'meaning' | 'kills' | 'run'>,
): StreamCheck {
  return forConcentrator({
    ...definition,
    basis: 'documented',
    source: '[protocol §5.12]',
    needs: ['cors', 'vendor-file'],
    cost: 'slow',
  })
}

/** The `cors` block of the vendor's file, with other values than its defaults. */
export const CORS_SETTING_CHECKS: readonly StreamCheck[] = [
  setting({
    id: 'cors.others-served',
    title:
      'A page of a site that is not allowed is served without CORS fields instead of being refused',
    level: 'must',
    meaning: 'Clients other than browsers that send an Origin cannot open the stream.',
    kills: ['refuses-other-sites'],
    async run(t) {
      const field = await answerTo(t, `  allowedOrigins: "${SITE}"\n`, OTHER_SITE)
      const allowed = field('access-control-allow-origin')
      t.expect(allowed === undefined, `a site that is not allowed got ${allowed}`)
    },
  }),
  setting({
    id: 'cors.pattern',
    title: 'An asterisk in an allowed origin matches any characters',
    level: 'must',
    meaning: 'Sites that the pattern should match are refused.',
    kills: ['cors-without-patterns'],
    async run(t) {
      const field = await answerTo(t, '  allowedOrigins: "https://*.newsroom.example"\n', SITE)
      allowsSite(t, field)
    },
  }),
  setting({
    id: 'cors.vary',
    title: 'The response has Vary: Origin when not every site is allowed',
    level: 'should',
    meaning: 'A cache gives one site the response meant for another.',
    kills: ['cors-without-vary'],
    async run(t) {
      const field = await answerTo(t, `  allowedOrigins: "${SITE}"\n`, SITE)
      t.expect(/\borigin\b/i.test(field('vary') ?? ''), `Vary is ${field('vary') ?? 'missing'}`)
    },
  }),
  setting({
    id: 'cors.exposed',
    title: 'Access-Control-Expose-Headers lists the configured fields',
    level: 'should',
    meaning: 'Pages cannot read the fields that the operator exposed.',
    kills: ['cors-exposes-nothing'],
    async run(t) {
      const field = await answerTo(t, '  exposedHeaders: "X-One,X-Two"\n', SITE)
      const exposed = field('access-control-expose-headers') ?? 'missing'
      t.expect(
        exposed.replaceAll(' ', '') === 'X-One,X-Two',
        `Access-Control-Expose-Headers is ${exposed}`,
      )
    },
  }),
  setting({
    id: 'cors.credentials-off',
    title: 'Credentials are not allowed when the configuration file forbids them',
    level: 'must',
    meaning: 'Pages of any site can act with the login of their visitor.',
    kills: ['cors-always-credentials'],
    async run(t) {
      const field = await answerTo(t, '  allowCredentials: "false"\n', SITE)
      allowsSite(t, field)
      t.expect(
        field('access-control-allow-credentials') === undefined,
        'credentials are allowed although the file forbids them',
      )
    },
  }),
]
