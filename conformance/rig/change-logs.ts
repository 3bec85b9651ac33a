/** Base URL of the change logs that checks announce. A check ignores those of others. */
export const CHANGE_LOGS = 'http://store.example/changelog/'
