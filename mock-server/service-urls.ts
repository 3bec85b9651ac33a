/** Base path of the web service. [protocol §1.2] */
const SERVICE_PATH = '/webservice/escenic'

/** What the path of every change log begins with. */
export const CHANGE_LOGS = `${SERVICE_PATH}/changelog/`

/** Path of a change log's bare URL. */
export function changeLogPath(kind: string, id: number | string): string {
  return `${CHANGE_LOGS}${kind}/${id}`
}

/**
 * The URLs of the web service; its router mounts the same paths. A class, because many are made for
 * each page: an object with a closure for each URL takes much longer to make.
 */
class ServiceUrls {
  readonly #baseUrl: string
  readonly #service: string

  constructor(baseUrl: string) {
    this.#baseUrl = baseUrl
    this.#service = baseUrl + SERVICE_PATH
  }

  get start(): string {
    return `${this.#service}/section/ROOT/subsections`
  }

  get sections(): string {
    return `${this.#service}/section`
  }

  get changeLogs(): string {
    return `${this.#service}/changelog`
  }

  get eventStream(): string {
    return `${this.#service}/changelog/sse`
  }

  get persons(): string {
    return `${this.#service}/person`
  }

  changeLog(kind: string, id: number | string): string {
    return this.#baseUrl + changeLogPath(kind, id)
  }

  section(id: number): string {
    return `${this.#service}/section/${id}`
  }

  subsections(id: number): string {
    return `${this.#service}/section/${id}/subsections`
  }

  contentItems(sectionId: number): string {
    return `${this.#service}/section/${sectionId}/content-items`
  }

  lists(sectionId: number): string {
    return `${this.#service}/section/${sectionId}/lists`
  }

  inboxes(sectionId: number): string {
    return `${this.#service}/section/${sectionId}/inboxes`
  }

  /** An identifier: the older web service answered there. */
  list(kind: 'list' | 'inbox', id: number): string {
    return `${this.#baseUrl}/webservice/content/com.escenic.${kind}/${id}`
  }

  listPool(id: number): string {
    return `${this.#service}/list-pool/${id}`
  }

  listHandle(handle: number): string {
    return `${this.#service}/list-pool/handle/${handle}`
  }

  publication(name: string): string {
    return `${this.#service}/publication/${name}/`
  }

  binary(path: string): string {
    return `${this.#service}/binary/${path}`
  }

  contentTypeModel(publication: string, type: string): string {
    return this.model(publication, `content-type/${type}`)
  }

  model(publication: string, type: string): string {
    return `${this.#service}/publication/${publication}/model/${type}`
  }

  person(id: number): string {
    return `${this.#service}/person/${id}`
  }

  item(id: number): string {
    return `${this.#service}/content/${id}`
  }

  itemHistory(id: number): string {
    return `${this.#service}/content/${id}/log`
  }

  state(name: string): string {
    return `${this.#service}/content/state/${name}/editor`
  }

  stateIcon(name: string): string {
    return `${this.#service}/content/state/icon/${name}.png`
  }

  locks(itemId: number): string {
    return `${this.#service}/lock/article/${itemId}`
  }

  lock(itemId: number, side: 'private' | 'public', id: number): string {
    return `${this.#service}/lock/article/${itemId}/${side}/${id}`
  }
}

/** Call it with '' for paths. */
export function serviceUrls(baseUrl: string): ServiceUrls {
  return new ServiceUrls(baseUrl)
}
