/** One field of a content type, as its model describes it. */
export interface ModelField {
  readonly name: string
  readonly label: string
  /** `list`: any number of texts. */
  readonly kind: 'text' | 'xhtml' | 'boolean' | 'integer' | 'link' | 'list'
}

const BODY: readonly ModelField[] = [
  { name: 'leadtext', label: 'Lead text', kind: 'xhtml' },
  { name: 'body', label: 'Body', kind: 'xhtml' },
  { name: 'keywords', label: 'Keywords', kind: 'list' },
]

const BINARY: readonly ModelField[] = [
  { name: 'name', label: 'Name', kind: 'text' },
  { name: 'description', label: 'Description', kind: 'text' },
  { name: 'location', label: 'Location', kind: 'text' },
  { name: 'photographer', label: 'Photographer', kind: 'text' },
  { name: 'alttext', label: 'Alternative text', kind: 'text' },
  { name: 'copyright', label: 'Copyright', kind: 'text' },
  { name: 'binary', label: 'Binary', kind: 'link' },
]

/** Models that every publication has. */
const BUILT_IN: Readonly<Record<string, readonly ModelField[]>> = {
  'com.escenic.section': [
    { name: 'com.escenic.sectionName', label: 'Name', kind: 'text' },
    { name: 'com.escenic.uniqueName', label: 'Unique name', kind: 'text' },
    { name: 'com.escenic.directoryName', label: 'Directory name', kind: 'text' },
    { name: 'com.escenic.inheritAccess', label: 'Inherit access', kind: 'boolean' },
  ],
  'com.escenic.poolentry': [
    { name: 'com.escenic.priority', label: 'Position', kind: 'integer' },
    { name: 'com.escenic.pinned', label: 'Pinned', kind: 'boolean' },
  ],
  'com.escenic.person': [
    { name: 'com.escenic.firstName', label: 'First name', kind: 'text' },
    { name: 'com.escenic.surName', label: 'Surname', kind: 'text' },
  ],
}

const CONTENT_TYPES: Readonly<Record<string, readonly ModelField[]>> = {
  picture: BINARY,
  video: BINARY,
}

/**
 * The fields of a model; undefined for a model that does not exist. The store keeps other fields of
 * a payload, too: a model describes, it does not restrict.
 */
export function modelFields(
  type: string,
  contentTypes: readonly string[],
  titleField: string,
): readonly ModelField[] | undefined {
  if (Object.hasOwn(BUILT_IN, type)) return BUILT_IN[type]
  if (!contentTypes.includes(type)) return undefined
  const fields = (Object.hasOwn(CONTENT_TYPES, type) ? CONTENT_TYPES[type] : undefined) ?? BODY
  const title: ModelField = { name: titleField, label: 'Title', kind: 'text' }
  return [title, ...fields.filter(({ name }) => name !== titleField)]
}
