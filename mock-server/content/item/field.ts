/** The value of one field of a payload: its text, and the position of its markup in the payload. */
export interface Field {
  readonly text: string
  readonly start: number
  readonly end: number
}

/** A payload and the field that holds the title, if one does. */
export interface TitledPayload {
  readonly payload: string | null
  readonly titleField: Field | null
}

/**
 * The payload with another title in its title field: a title is one value, wherever it is shown.
 */
export function retitle({ payload, titleField }: TitledPayload, title: string): TitledPayload {
  if (payload === null || titleField === null || titleField.text === title)
    return { payload, titleField }
  const { start, end } = titleField
  const value = title
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('\r', '&#13;')
  return {
    payload: payload.slice(0, start) + value + payload.slice(end),
    titleField: { text: title, start, end: start + value.length },
  }
}

/**
 * The title that an entry requests. Clients edit it in its field. If the field still has the old
 * title, `atom:title` is the edit.
 */
export function requestedTitle(
  entryTitle: string | undefined,
  field: Field | undefined,
  titleBefore?: string,
): string | undefined {
  if (field === undefined || field.text === '') return entryTitle
  const isOld = field.text === titleBefore
  return isOld ? (entryTitle ?? field.text) : field.text
}
