import type { Section } from '../../content/site/section.ts'
import type { ContentStore } from '../../content/store.ts'
import { atomLink, atomText } from '../feed.ts'
import { MEDIA, NS, REL } from '../names.ts'
import { SECTION_FIELDS, SECTION_MODEL } from '../read-section.ts'
import { renderOnce } from '../render-cache.ts'
import { fillSlots, slot } from '../slots.ts'
import { escapeText, escapeValue } from '../write-markup.ts'
import type { XmlObject } from '../write-xml.ts'
import { writeChild, writeXml } from '../write-xml.ts'
import { serviceUrls } from '../../service-urls.ts'

/** One section as an Atom entry, with the links that a client navigates by. */
function sectionEntry(store: ContentStore, section: Section, baseUrl: string): XmlObject {
  const publication = store.site.publication(section.publicationId)
  const urls = serviceUrls(baseUrl)
  const self = urls.section(section.id)
  const { kept, parentId } = section
  const page = [publication.name, section.directoryName].filter((part) => part !== '').join('/')
  return {
    '@kept': slot(kept.attributes),
    '@xmlns:app': NS.app,
    '@xmlns:dcterms': NS.dcterms,
    '@xmlns:metadata': NS.metadata,
    id: self,
    title: atomText(section.name),
    updated: section.editedAt,
    'app:edited': section.editedAt,
    published: section.createdAt,
    'dcterms:created': section.createdAt,
    'kept-author': slot(kept.author),
    'dcterms:identifier': section.id,
    'kept-reference': slot(kept.reference),
    category: { '@term': 'directory', '@scheme': NS.vdf },
    link: [
      { rel: 'self', href: self, type: MEDIA.entry },
      { rel: 'edit', href: self, type: MEDIA.entry },
      { rel: 'alternate', href: `${baseUrl}/${page}/`, type: 'text/html' },
      { rel: 'down', href: `${self}/subsections`, type: MEDIA.feed },
      ...(parentId === null
        ? []
        : [{ rel: REL.parent, href: urls.section(parentId), type: MEDIA.entry }]),
      {
        rel: REL.publication,
        href: urls.publication(publication.name),
        type: MEDIA.entry,
      },
      { rel: REL.contentItems, href: `${self}/content-items`, type: MEDIA.feed },
      { rel: REL.inboxes, href: `${self}/inboxes`, type: MEDIA.feed },
      { rel: REL.lists, href: `${self}/lists`, type: MEDIA.feed },
      { rel: REL.changelog, href: urls.changeLog('section', section.id), type: MEDIA.feed },
    ].map(atomLink),
    'metadata:publication': {
      '@href': urls.publication(publication.name),
      '@title': publication.name,
      'kept-publication': slot(kept.publication),
    },
    'kept-others': slot(kept.others),
    content: { '@type': MEDIA.payload, '#': section.id },
  }
}

export interface SectionView {
  readonly baseUrl: string
  /** Which URL of its model a section names. */
  readonly sectionModel: 'plain' | 'content-type'
}

/** The document at a section's own URL. */
export function writeSectionEntry(
  store: ContentStore,
  section: Section,
  view: SectionView,
): string {
  const entry = sectionEntry(store, section, view.baseUrl)
  return filled(writeXml('entry', { '@xmlns': NS.atom, ...entry }), store, section, view)
}

/** A section's entry as a child of a feed. Cached while the section is unchanged. */
export function writeSectionChild(
  store: ContentStore,
  section: Section,
  view: SectionView,
): string {
  return renderOnce(section, `${view.sectionModel} ${view.baseUrl}`, () =>
    filled(writeChild('entry', sectionEntry(store, section, view.baseUrl)), store, section, view),
  )
}

function filled(
  xml: string,
  store: ContentStore,
  section: Section,
  { baseUrl, sectionModel }: SectionView,
): string {
  const { name } = store.site.publication(section.publicationId)
  const urls = serviceUrls(baseUrl)
  const model =
    sectionModel === 'plain'
      ? urls.model(name, SECTION_MODEL)
      : urls.contentTypeModel(name, SECTION_MODEL)
  const payload = payloadMarkup(section, model)
  return fillSlots(xml, { payload, kept: section.kept }, baseUrl)
}

/** The fields that the store knows, then those that it keeps. */
function payloadMarkup(section: Section, model: string): string {
  const fields = [
    [SECTION_FIELDS.name, section.name],
    [SECTION_FIELDS.uniqueName, section.uniqueName],
    [SECTION_FIELDS.directoryName, section.directoryName],
    // False on a section with an access definition of its own: it governs a protection domain.
    [SECTION_FIELDS.inheritsAccess, String(section.inheritsAccess)],
  ].map(([name, value = '']) => {
    return `<vdf:field name="${name}"><vdf:value>${escapeText(value)}</vdf:value></vdf:field>`
  })
  const start = `<vdf:payload xmlns:vdf="${NS.vdf}" model="${escapeValue(model)}">`
  return `${start}${fields.join('')}${section.otherFields}</vdf:payload>`
}
