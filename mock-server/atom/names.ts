/** Namespaces of the web service's documents. */
export const NS = {
  atom: 'http://www.w3.org/2005/Atom',
  app: 'http://www.w3.org/2007/app',
  dcterms: 'http://purl.org/dc/terms/',
  metadata: 'http://xmlns.escenic.com/2010/atom-metadata',
  vaext: 'http://www.vizrt.com/atom-ext',
  vdf: 'http://www.vizrt.com/types',
  age: 'http://purl.org/atompub/age/1.0',
  state: 'http://xmlns.escenic.com/2013/content-state',
  ui: 'http://xmlns.escenic.com/2008/interface-hints',
} as const

/**
 * Prefixes that the root of an entry declares: clients that edit it as text add elements with them.
 */
export const ENTRY_PREFIXES = ['app', 'dcterms', 'metadata', 'vaext', 'vdf', 'age'] as const

export const MEDIA = {
  feed: 'application/atom+xml',
  entry: 'application/atom+xml; type=entry',
  eventStream: 'text/event-stream',
  payload: 'application/vnd.vizrt.payload+xml',
  model: 'application/vnd.vizrt.model+xml',
  uriList: 'text/uri-list',
} as const

/**
 * Link relations. `changelog` is both a log and the event stream: clients distinguish them by type.
 * [protocol §1.7]
 */
export const REL = {
  changelog: relation('changelog'),
  contentItems: relation('content-items'),
  homeSection: relation('home-section'),
  inboxes: relation('inboxes'),
  listPool: relation('list-pool'),
  lists: relation('lists'),
  lock: relation('lock'),
  log: relation('log'),
  parent: relation('parent'),
  person: relation('person'),
  preview: relation('preview'),
  protectionDomains: relation('protection-domains'),
  publication: relation('publication'),
  section: relation('section'),
} as const

/** Author of every feed, even in versions with another product name. [protocol §1.9] */
export const FEED_AUTHOR = 'Escenic Content Engine'

function relation(name: string): string {
  return `http://www.vizrt.com/types/relation/${name}`
}
