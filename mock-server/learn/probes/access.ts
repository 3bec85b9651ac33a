import { serviceUrls } from '../../service-urls.ts'
import type { Context } from '../context.ts'
import { governingSection } from '../site-survey.ts'

const PATHS = serviceUrls('')
/** No page is at this origin. */
const STRANGE_ORIGIN = 'https://learn.invalid'

/** Access: login, pages of other origins, denied logs. */
export async function learnAccess(context: Context): Promise<void> {
  await learnLogin(context)
  await learnOrigins(context)
  learnDenied(context)
  const { status, headers } = await context.client.send('/webservice/index.xml')
  context.findings.fixed.set(
    'index.xml',
    `${status} ${headers.get('Content-Type') ?? 'without a type'}`,
  )
}

/** Sends no login, and never a wrong one, because that could lock an account. */
async function learnLogin({ client, findings }: Context): Promise<void> {
  const { status, headers } = await client.send(PATHS.start, { withLogin: false })
  findings.saw('acceptAnyLogin', status === 200, 'asked without a login')
  if (status !== 200)
    findings.fixed.set(
      'challenge without a login',
      `${status} ${headers.get('WWW-Authenticate') ?? 'none'}`,
    )
}

async function learnOrigins({ client, findings, options }: Context): Promise<void> {
  const allowed = async (origin: string): Promise<boolean> => {
    const { headers } = await client.send(PATHS.start, { headers: { Origin: origin } })
    return [origin, '*'].includes(headers.get('Access-Control-Allow-Origin') ?? '')
  }
  if (await allowed(STRANGE_ORIGIN)) {
    findings.saw('corsOrigins', ['*'])
    return
  }
  const origins: string[] = []
  for (const origin of options.corsOrigins) if (await allowed(origin)) origins.push(origin)
  findings.saw('corsOrigins', origins, 'any origin, and those of --origin, were tried')
}

function learnDenied({ site, findings }: Context): void {
  const denied = site.logs.filter(({ status }) => status === 403 || status === 404)
  const names = new Set(denied.map(({ kind, id }) => `${kind}/${id}`))
  // A section's log is denied together with the log of the section that governs its access.
  for (const section of site.sections) {
    const governing = governingSection(site.sections, section)
    if (governing.id !== section.id && names.has(`section/${governing.id}`))
      names.delete(`section/${section.id}`)
  }
  findings.saw('denyLogs', [...names])
  const [first] = denied
  if (first === undefined) findings.missed(['denyStatus'], 'no log is denied to this login')
  else findings.saw('denyStatus', first.status)
}
