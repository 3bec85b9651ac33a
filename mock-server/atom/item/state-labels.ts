import type { Transition } from '../../content/item/transitions.ts'

/** Languages of labels; the first one is the default. */
export const LANGUAGES = ['en', 'nb', 'sv', 'de'] as const

export type Language = (typeof LANGUAGES)[number]

const LABELS: Readonly<Record<Transition, Readonly<Record<Language, string>>>> = {
  draft: { en: 'Draft', nb: 'Kladd', sv: 'Utkast', de: 'Entwurf' },
  submitted: { en: 'Submitted', nb: 'Innsendt', sv: 'Inskickad', de: 'Eingereicht' },
  approved: { en: 'Approved', nb: 'Godkjent', sv: 'Godkänd', de: 'Freigegeben' },
  published: { en: 'Published', nb: 'Publisert', sv: 'Publicerad', de: 'Veröffentlicht' },
  'draft-published': withPublished('Draft', 'Kladd', 'Utkast', 'Entwurf'),
  'draft-submitted': withPublished('Submitted', 'Innsendt', 'Inskickad', 'Eingereicht'),
  'submitted-published': withPublished('Submitted', 'Innsendt', 'Inskickad', 'Eingereicht'),
  'draft-approved': withPublished('Approved', 'Godkjent', 'Godkänd', 'Freigegeben'),
  'approved-published': withPublished('Approved', 'Godkjent', 'Godkänd', 'Freigegeben'),
  revert: { en: 'Revert', nb: 'Tilbakestill', sv: 'Återställ', de: 'Zurücksetzen' },
  'un-publish-keep': {
    en: 'Unpublish, keep the draft',
    nb: 'Avpubliser, behold kladden',
    sv: 'Avpublicera, behåll utkastet',
    de: 'Zurückziehen, Entwurf behalten',
  },
  'un-publish-revert': {
    en: 'Unpublish, revert the draft',
    nb: 'Avpubliser, tilbakestill kladden',
    sv: 'Avpublicera, återställ utkastet',
    de: 'Zurückziehen, Entwurf zurücksetzen',
  },
  deleted: { en: 'Deleted', nb: 'Slettet', sv: 'Borttagen', de: 'Gelöscht' },
}

/** What an editor reads for a state or an action. */
export function stateLabel(name: Transition, language: Language): string {
  return LABELS[name][language]
}

/** Labels of a draft beside a published version. */
function withPublished(en: string, nb: string, sv: string, de: string) {
  return {
    en: `${en} (with published)`,
    nb: `${nb} (med publisert)`,
    sv: `${sv} (med publicerad)`,
    de: `${de} (mit veröffentlichter Fassung)`,
  }
}
