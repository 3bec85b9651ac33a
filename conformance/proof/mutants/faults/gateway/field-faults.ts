import type { RelayFaults } from '../../gateway/relay-faults.ts'
import { fieldValue, withField, withoutFields, type Field } from '../../http/head.ts'
import type { Fault } from '../fault.ts'

/** What request and response heads have in common. */
interface Head {
  readonly fields: readonly Field[]
}

type Change = <Each extends Head>(head: Each) => Each

/** Makes faults in the fields of requests on their way to the back end, or of responses. */
export class FieldFaults {
  readonly #half: 'request' | 'response'

  constructor(half: 'request' | 'response') {
    this.#half = half
  }

  editing(
    name: string,
    description: string,
    edit: (fields: readonly Field[]) => readonly Field[],
  ): Fault<RelayFaults> {
    return this.#changing(name, description, (head) => ({ ...head, fields: edit(head.fields) }))
  }

  dropping(name: string, field: string): Fault<RelayFaults> {
    return this.#changing(name, `does not forward ${field}`, (head) => withoutFields(head, field))
  }

  /** Changes a field where there is one. */
  setting(
    name: string,
    description: string,
    field: string,
    edit: (value: string) => string,
  ): Fault<RelayFaults> {
    return this.#changing(name, description, (head) => {
      const value = fieldValue(head, field)
      return value === undefined ? head : withField(head, field, edit(value))
    })
  }

  #changing(name: string, description: string, change: Change): Fault<RelayFaults> {
    const points = this.#half === 'request' ? { request: change } : { response: change }
    return { name, description, points: () => points }
  }
}
