/** Targets as bundles call them carry remarks in brackets; a question does not. */
const spoken = (target: string): string =>
  target
    .toLowerCase()
    .replace(/\([^)]*\)/g, '')
    .replace(/\bregion\b/g, '')
    .replace(/\s+/g, ' ')
    .trim();

/**
 * The mask logit above which a pixel is foreground, for a question: the bundle's threshold (a probability) of the longest
 * target that the question names, else 0 (half).
 */
export function maskThresholdOf(thresholds: Readonly<Record<string, number>>): (question: string) => number {
  const byTarget = Object.entries(thresholds)
    .map(([target, probability]) => ({ words: spoken(target), logit: Math.log(probability / (1 - probability)) }))
    .sort((a, b) => b.words.length - a.words.length);
  return (question) => {
    const text = question.toLowerCase().replace(/\s+/g, ' ');
    return byTarget.find(({ words }) => words !== '' && text.includes(words))?.logit ?? 0;
  };
}
