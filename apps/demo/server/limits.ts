/** What the server accepts; it serves one person on one computer. */
export const LIMITS = {
  imageBytes: 16 * 2 ** 20,
  imagePixels: 24_000_000,
  questionCharacters: 2000,
  keptImages: 6,
  keptAnswers: 12,
} as const;
