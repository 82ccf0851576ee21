/** Sessions: who they belong to, when they began and end. Times are milliseconds since the Unix epoch. */

/** @param {{ id: string, subject: string, now: number, ttlMs: number }} start */
export function createSession({ id, subject, now, ttlMs }) {
  return { id, subject, createdAt: now, expiresAt: now + ttlMs };
}

/** A session has expired at its last millisecond, not after it. */
export function isExpired(session, now) {
  return now >= session.expiresAt;
}
