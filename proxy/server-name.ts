/** The value of the header field Server. It has no version, which would help attackers only. */
export const SERVER_NAME = 'sse-proxy'
