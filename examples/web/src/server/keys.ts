/** Idempotency keys: with the same one again the server answers what it did the first time. */

/** Random; `crypto.randomUUID` is there on pages that came over https alone. */
export function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
