import { notFound } from '../errors.ts'
import type { Author } from './item/item.ts'
import type { Person } from './person.ts'

/** All persons, by id and by login name. */
export class PersonRegister {
  readonly #persons = new Map<number, Person>()
  readonly #byUserName = new Map<string, Person>()
  #lastId: number

  /** `lastId` is below the id of every new person. */
  constructor(lastId: number) {
    this.#lastId = lastId
  }

  /** The highest id that a person ever had. */
  get lastId(): number {
    return this.#lastId
  }

  get size(): number {
    return this.#persons.size
  }

  get all(): readonly Person[] {
    return [...this.#persons.values()]
  }

  has(id: number): boolean {
    return this.#persons.has(id)
  }

  get(id: number): Person {
    const person = this.#persons.get(id)
    if (person === undefined) throw notFound(`person ${id}`)
    return person
  }

  /** The person with this login name; without one, an author with that name and the id 0. */
  authorNamed(userName: string): Author {
    const person = this.#byUserName.get(userName)
    return person === undefined
      ? { personId: 0, name: userName }
      : { personId: person.id, name: person.name }
  }

  /** Adds a person, or replaces one. */
  put(person: Person): void {
    this.#persons.set(person.id, person)
    this.#lastId = Math.max(this.#lastId, person.id)
    if (person.userName !== null) this.#byUserName.set(person.userName, person)
  }
}
