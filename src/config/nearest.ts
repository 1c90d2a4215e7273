/** The known word that a misspelt one most likely stands for. */
import { distance } from 'fastest-levenshtein';

/** @returns the nearest known word, or undefined where none is near enough to be meant */
export function nearestWord(word: string, known: readonly string[]): string | undefined {
  const wanted = plain(word);
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of known) {
    const steps = distance(wanted, plain(candidate));
    if (steps < bestDistance) {
      best = candidate;
      bestDistance = steps;
    }
  }
  return best;
}

// `logLevel`, `log-level` and `log_level` are one word written in three ways.
function plain(word: string): string {
  return word
    .slice(0, 128)
    .toLowerCase()
    .replace(/[-_\s]/g, '');
}
