import { createHash, timingSafeEqual } from 'node:crypto'

import type { RequestHandler } from 'express'

import type { Settings } from '../knobs.ts'
import type { Login } from '../knobs/server.ts'

const CHALLENGE = 'Basic realm="Content Store", charset="UTF-8"'

declare module 'express-serve-static-core' {
  interface Locals {
    /** User name of the request; `anonymous` when any login is accepted and none was sent. */
    userName?: string | undefined
  }
}

/** Accepts requests with the right Basic credentials, answers 401 to others. [protocol §2.6] */
export function requireLogin(settings: Settings): RequestHandler {
  const expected = digest(settings.login)
  return (request, response, next) => {
    const given = readBasic(request.get('Authorization'))
    if (
      settings.acceptAnyLogin ||
      (given !== undefined && timingSafeEqual(digest(given), expected))
    ) {
      response.locals.userName = given?.name ?? 'anonymous'
      next()
      return
    }
    // Observed at the real service: a script that sent a wrong password gets no challenge, so the
    // browser opens no dialog.
    const isScript = request.get('X-Requested-With') === 'XMLHttpRequest' && given !== undefined
    if (!isScript) response.set('WWW-Authenticate', CHALLENGE)
    response
      .status(401)
      .type('text/plain')
      .send('Log in with HTTP Basic, for example curl -u NAME:PASSWORD\n')
  }
}

export function readBasic(header: string | undefined): Login | undefined {
  const encoded = /^Basic +([\w+/=-]+) *$/i.exec(header ?? '')?.[1]
  if (encoded === undefined) return undefined
  const text = Buffer.from(encoded, 'base64').toString()
  const colon = text.indexOf(':')
  return colon === -1 ? undefined : { name: text.slice(0, colon), password: text.slice(colon + 1) }
}

function digest({ name, password }: Login): Buffer {
  return createHash('sha256').update(`${name}:${password}`).digest()
}
