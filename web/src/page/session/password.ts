/** The least a password may have, in characters; the server asks for the same. */
export const minPassword = 8;

/**
 * strength judges a password from 0 (too short) to 4 (strong), by length first: long is what resists.
 * It only advises; the server decides by length alone.
 */
export function strength(password: string): 0 | 1 | 2 | 3 | 4 {
  const length = [...password].length;
  if (length < minPassword) return 0;
  const different = new Set(password).size;
  if (different < 5) return 1;
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^a-zA-Z\d]/].filter((k) => k.test(password)).length;
  let score = 1;
  if (length >= 12) score++;
  if (length >= 16) score++;
  if (kinds >= 3) score++;
  return Math.min(4, score) as 1 | 2 | 3 | 4;
}
