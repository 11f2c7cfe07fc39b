/** JSON with sorted keys and without spaces: equal values give equal text. Keys whose value is undefined are left out. */
export function stableJson(value: unknown): string {
  return JSON.stringify(value, (_key, node: unknown) => {
    if (typeof node !== 'object' || node === null || Array.isArray(node)) return node;
    return Object.fromEntries(Object.entries(node).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

/** sha256 of bytes, or of the UTF-8 of a text, as 64 hex digits; the platform's own crypto. */
export async function sha256Hex(content: Uint8Array | string): Promise<string> {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  // A view of shared memory is refused by the platform: hash a copy.
  const digest = await globalThis.crypto.subtle.digest('SHA-256', Uint8Array.from(bytes));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** sha256 of the stable JSON of a value. */
export function hashJson(value: unknown): Promise<string> {
  return sha256Hex(stableJson(value));
}
