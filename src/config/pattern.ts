/** Patterns of names, as the configuration has them: `*` stands for any characters, `?` for one. */

/** In time that grows with the product of both lengths at most, whatever the pattern. Case counts. */
export function matchesPattern(text: string, pattern: string): boolean {
  let at = 0;
  let patternAt = 0;
  // Where the last star stood, and up to where it has taken the text.
  let starAt = -1;
  let starEnd = 0;
  while (at < text.length) {
    if (pattern[patternAt] === '*') {
      starAt = patternAt++;
      starEnd = at;
    } else if (pattern[patternAt] === '?' || pattern[patternAt] === text[at]) {
      patternAt++;
      at++;
    } else if (starAt >= 0) {
      patternAt = starAt + 1;
      at = ++starEnd;
    } else return false;
  }
  while (pattern[patternAt] === '*') patternAt++;
  return patternAt === pattern.length;
}
