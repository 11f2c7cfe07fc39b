let shared: AbortSignal | undefined;

/**
 * The process's signal that aborts on Ctrl-C, so that what has been written stays whole. A second Ctrl-C ends the
 * process at once. One for all commands of a process: a process is interrupted once, and listeners stay two.
 */
export function interruptSignal(): AbortSignal {
  return (shared ??= listen());
}

function listen(): AbortSignal {
  const controller = new AbortController();
  process.once('SIGINT', () => controller.abort(new Error('interrupted')));
  process.once('SIGTERM', () => controller.abort(new Error('terminated')));
  return controller.signal;
}
