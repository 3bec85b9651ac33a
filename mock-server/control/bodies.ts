import { z } from 'zod'

import { ITEM_STATES } from '../content/item/item.ts'
import { LIMITS } from '../content/limits.ts'

const sectionId = z.int().positive()
const title = z.string().max(10_000)

/** Longest wait: ten minutes. */
const MAX_WAIT_MS = 600_000

const wait = {
  count: z
    .int()
    .min(1, 'a count is a least number, and 0 would always be reached: use "exactly": 0')
    .optional(),
  atLeast: z.int().min(0).optional(),
  atMost: z.int().min(0).optional(),
  exactly: z.int().min(0).optional(),
  timeoutMs: z.int().min(0).max(MAX_WAIT_MS).optional(),
}
const since = { since: z.int().min(0).optional() }

/**
 * Schemas of the control API's request bodies. Unknown members are refused, because they are typos.
 */
export const BODY = {
  reset: z.strictObject({ closeStreams: z.boolean().optional() }),
  sections: z
    .strictObject({
      count: z.int().min(1).max(100_000).optional(),
      parent: sectionId.optional(),
      name: z.string().min(1).max(1_000).optional(),
      inheritsAccess: z.boolean().optional(),
    })
    .transform(({ parent, ...rest }) => ({ ...rest, parentId: parent })),
  newItem: z
    .strictObject({
      section: sectionId,
      title: title.default('Untitled'),
      type: z.string().min(1).max(100).optional(),
      state: z.enum(ITEM_STATES).optional(),
    })
    .transform(({ section, ...rest }) => ({ ...rest, sectionId: section })),
  itemPatch: z
    .strictObject({
      title: title.optional(),
      state: z.enum(ITEM_STATES).optional(),
      sections: z.array(sectionId).min(1).max(100).optional(),
    })
    .transform(({ sections, ...rest }) => ({ ...rest, sectionIds: sections })),
  list: z.strictObject({ items: z.array(z.int().positive()).max(LIMITS.listItems) }),
  newsgate: z.strictObject({
    event: z.string().optional(),
    data: z.record(z.string(), z.unknown()).optional(),
  }),
  nothing: z.strictObject({}),
  wait: z.discriminatedUnion('for', [
    z.strictObject({ for: z.literal('clients'), ...wait }),
    z.strictObject({ for: z.literal('change'), ...wait, ...since }),
    z.strictObject({ for: z.literal('delivery'), ...wait, ...since }),
  ]),
} as const
