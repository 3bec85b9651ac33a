/** Base path of the web service. [protocol §1.2] */
const SERVICE_PATH = '/webservice/escenic'

/** Path of a change log's bare URL. */
export function changeLogPath(kind: string, id: number | string): string {
  return `${SERVICE_PATH}/changelog/${kind}/${id}`
}

/** The URLs of the web service; its router mounts the same paths. Call it with '' for paths. */
export function serviceUrls(baseUrl: string) {
  const service = baseUrl + SERVICE_PATH
  return {
    start: `${service}/section/ROOT/subsections`,
    sections: `${service}/section`,
    changeLogs: `${service}/changelog`,
    eventStream: `${service}/changelog/sse`,
    persons: `${service}/person`,
    changeLog: (kind: string, id: number | string) => baseUrl + changeLogPath(kind, id),
    section: (id: number) => `${service}/section/${id}`,
    subsections: (id: number) => `${service}/section/${id}/subsections`,
    contentItems: (sectionId: number) => `${service}/section/${sectionId}/content-items`,
    lists: (sectionId: number) => `${service}/section/${sectionId}/lists`,
    inboxes: (sectionId: number) => `${service}/section/${sectionId}/inboxes`,
    /** An identifier: the older web service answered there. */
    list: (kind: 'list' | 'inbox', id: number) =>
      `${baseUrl}/webservice/content/com.escenic.${kind}/${id}`,
    listPool: (id: number) => `${service}/list-pool/${id}`,
    listHandle: (handle: number) => `${service}/list-pool/handle/${handle}`,
    publication: (name: string) => `${service}/publication/${name}/`,
    binary: (path: string) => `${service}/binary/${path}`,
    model: (publication: string, type: string) =>
      `${service}/publication/${publication}/model/${type}`,
    person: (id: number) => `${service}/person/${id}`,
    item: (id: number) => `${service}/content/${id}`,
    itemHistory: (id: number) => `${service}/content/${id}/log`,
    state: (name: string) => `${service}/content/state/${name}/editor`,
    stateIcon: (name: string) => `${service}/content/state/icon/${name}.png`,
    locks: (itemId: number) => `${service}/lock/article/${itemId}`,
    lock: (itemId: number, side: 'private' | 'public', id: number) =>
      `${service}/lock/article/${itemId}/${side}/${id}`,
  } as const
}
