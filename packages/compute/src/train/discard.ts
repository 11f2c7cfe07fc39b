let closed: MessagePort | null = null;

/** A port whose other end is closed: what is given to it is gone at once. */
function openNowhere(): MessagePort {
  const { port1, port2 } = new MessageChannel();
  port2.close();
  return port1;
}

/**
 * Frees buffers now instead of when garbage is collected next: a training step returns copies of its whole state that
 * nobody needs, and the next step's would come on top of them.
 */
export function discard(arrays: readonly ArrayBufferView[]): void {
  closed ??= openNowhere();
  const buffers = arrays.map(({ buffer }) => buffer).filter((buffer) => buffer instanceof ArrayBuffer);
  closed.postMessage(null, buffers);
}
