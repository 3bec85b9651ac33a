import { z } from 'zod'

import { choice, knob, splitList, status, text, toggle, whole } from './knob.ts'

/** How feeds and items look and answer. */
export const FEED_KNOBS = {
  defaultCount: whole({
    default: 10,
    min: 1,
    max: 10_000,
    arg: 'N',
    help: 'rows of a page without ?count=',
  }),
  maxCount: whole({ default: 100, min: 1, max: 10_000, arg: 'N', help: 'largest ?count=' }),
  inheritingSectionLog: choice({
    choices: ['domain', 'section'],
    default: 'domain',
    help: 'rows of an inheriting section’s log: its whole protection domain, or the section alone',
  }),
  denyLogs: knob({
    schema: z.preprocess(
      splitList,
      z.array(z.string().regex(/^(publication|section|person|list)\/\d+$/)).readonly(),
    ),
    default: [],
    arg: 'KIND/ID,…',
    expects: 'a list of logs such as section/12',
    help: 'change logs that the user may not read',
  }),
  denyStatus: status({
    of: [403, 404],
    default: 403,
    help: 'status of a log that the user may not read',
  }),
  feedTitle: toggle({ default: false, help: 'give change logs the title that RFC 4287 requires' }),
  entryUpdated: toggle({
    default: false,
    help: 'give every entry the date that RFC 4287 requires, even if it was never published',
  }),
  logPayload: toggle({ default: false, help: 'put payloads into change log entries' }),
  logEtags: toggle({
    default: false,
    help: 'give change log pages an ETag, and answer If-None-Match',
  }),
  titleField: text({
    default: 'title',
    arg: 'NAME',
    help: 'field of a payload in which the title is edited; without it, titles are in atom:title alone',
  }),
  sectionModel: choice({
    choices: ['plain', 'content-type'],
    default: 'plain',
    help: 'URL of the model of sections: model/com.escenic.section, or below model/content-type',
  }),
  deletedStatus: status({ of: [200, 404, 410], default: 200, help: 'status of a deleted item' }),
  missingMatchStatus: status({
    of: [412, 428, 400],
    default: 412,
    help: 'status of a PUT without If-Match',
  }),
  putStatus: status({ of: [200, 204], default: 204, help: 'status of a PUT that succeeds' }),
  deleteStatus: status({ of: [200, 204], default: 200, help: 'status of a DELETE that succeeds' }),
} as const
