import type { RequestHandler } from 'express'

import { MockServerError } from '../errors.ts'

/**
 * Parts of the real web service that the store does not have, and their paths there. `*` is any one
 * segment.
 */
const PARTS = {
  search: [
    '/open-search',
    '/publication/*/search',
    '/escenic/publication/*/search',
    '/escenic/section/search',
  ],
  thumbnails: ['/thumbnail', '/escenic/thumbnail'],
  'section pages': [
    '/escenic/section/*/pages',
    '/escenic/section/*/active-page',
    '/escenic/section-page',
    '/escenic/page',
  ],
  'uploads that create an item': ['/publication/*/binary'],
  'deletion of sections': ['/escenic/section/*/delete'],
  'lists and pages in their own format': ['/content'],
  previews: ['/escenic/content/preview'],
  tags: ['/escenic/classification', '/escenic/tag'],
  'the media status stream': ['/escenic/video'],
  'images of the user interface': ['/images'],
} as const

const PATHS = Object.entries(PARTS).flatMap(([part, paths]) =>
  paths.map((path) => ({ part, segments: path.split('/') })),
)

/**
 * Answers 404 below such a path, and says that the part is not imitated, so that users do not
 * search for a mistake.
 */
export const refuseNotImitated: RequestHandler = (request, _response, next) => {
  const asked = request.path.split('/')
  const found = PATHS.find(({ segments }) =>
    segments.every((segment, at) => segment === '*' || segment === asked[at]),
  )
  if (found === undefined) return next()
  throw new MockServerError(
    'not-found',
    `${found.part}: not imitated by this store; see "Not imitated" in docs/compatibility.md`,
  )
}
