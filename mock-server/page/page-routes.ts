import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import type { RequestHandler } from 'express'
import express, { Router } from 'express'

import { MockServerError } from '../errors.ts'
import { mountPathOf } from '../http/mount-path.ts'
import { readOnly } from '../http/read-only.ts'

/** The page loads nothing from elsewhere, runs no inline script, and no other page may frame it. */
const CONTENT_SECURITY_POLICY =
  "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"

/** Compiled by `tsc`, one file for each module. */
const SCRIPTS = folderOf('#page/main.js')
const DOCUMENT = folderOf('#page-document/index.html')
/** The library as its package has it. Its modules import each other by relative paths. */
const LIT_HTML = fileURLToPath(new URL('..', import.meta.resolve('lit-html')))

/** What `ui/lit.ts` takes of it, and what that imports. */
const LIT_MODULES = ['lit-html.js', 'directive.js', 'directive-helpers.js', 'directives/repeat.js']

/** `/__mock/ui/`: the files of the page. They are the same in every space. */
export function pageRoutes(): Router {
  const router = Router({ caseSensitive: true })
  router.use(redirectToFolder, readOnly, secureHeaders)
  router.get('/', announceFiles)
  router.use(serve(DOCUMENT, /^\/(index\.html|page\.css|icon\.svg)?$/))
  router.use(requireCompiled)
  router.use('/lit-html', serve(LIT_HTML, /^\/(directives\/)?[\w-]+\.js$/))
  router.use(serve(SCRIPTS, /^\/([\w-]+\/)*[\w-]+\.js$/))
  return router
}

/** Leads a browser that asks for the root of the store, or of a space, to the page. */
export const leadToPage: RequestHandler = (request, response, next) => {
  const isRoot = request.path === '/' && (request.method === 'GET' || request.method === 'HEAD')
  if (!isRoot || !(request.get('Accept') ?? '').includes('text/html')) return next()
  // Relative, so that it holds below a base path. A space is asked for with and without a slash at
  // its end.
  const space = mountPathOf(request)
  response.redirect(302, `${space === '' ? '.' : space}/__mock/ui/`)
}

function folderOf(imported: string): string {
  return fileURLToPath(new URL('.', import.meta.resolve(imported)))
}

const redirectToFolder: RequestHandler = ({ originalUrl }, response, next) => {
  const [path = ''] = originalUrl.split('?')
  if (path.endsWith('/ui')) response.redirect(302, 'ui/')
  else next()
}

const secureHeaders: RequestHandler = (_request, response, next) => {
  response.set({
    'Content-Security-Policy': CONTENT_SECURITY_POLICY,
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    // Asks each time, so that page and store are always of one version.
    'Cache-Control': 'no-cache',
  })
  next()
}

/**
 * Lets a browser load all modules at once: without it, it learns of each from the one before. The
 * style is first, because nothing is painted without it, and a browser has six connections.
 */
const announceFiles: RequestHandler = (_request, response, next) => {
  const modules = existsSync(SCRIPTS) ? readdirSync(SCRIPTS, { recursive: true }) : []
  const paths = [...modules.map(String), ...LIT_MODULES.map((name) => `lit-html/${name}`)]
  const scripts = paths.filter((path) => path.endsWith('.js'))
  const links = scripts.map((path) => `<${path}>; rel=modulepreload`)
  response.set('Link', ['<page.css>; rel=preload; as=style', ...links].join(', '))
  next()
}

const requireCompiled: RequestHandler = (_request, _response, next) => {
  if (existsSync(join(SCRIPTS, 'main.js'))) return next()
  throw new MockServerError('not-found', 'the page is not compiled: run npm run build:page')
}

/** Serves the files whose path matches; what else is in the folder does not exist. */
function serve(folder: string, path: RegExp): RequestHandler {
  const files = express.static(folder, { cacheControl: false, redirect: false })
  return (request, response, next) =>
    path.test(request.path) ? files(request, response, next) : next()
}
