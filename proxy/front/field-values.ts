type FieldValue = string | readonly string[] | undefined

/** The first value of a field that should occur once. */
export function firstOf(value: FieldValue): string | undefined {
  return typeof value === 'object' ? value[0] : value
}

/** [http §5.3] Several fields of a name are one list. Empty without the field. */
export function listOf(value: FieldValue): string {
  return typeof value === 'object' ? value.join(', ') : (value ?? '')
}
