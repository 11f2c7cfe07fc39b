import { expectNotAborted } from '@sim4seg/core';
import { downloadFailed } from './failure.js';

/** The part of `fetch` that downloads use; a test or an app with a proxy gives its own. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface RequestOptions {
  readonly fetch: Fetch;
  readonly signal?: AbortSignal | undefined;
  /** First byte that is asked for. */
  readonly from?: number;
}

const mostRedirects = 5;

/**
 * Asks for a file, from a byte on. Redirects are followed within the host that was asked, and nowhere else: the caller
 * chose that host.
 * @throws DOWNLOAD_FAILED, ABORTED
 */
export async function request(url: string, options: RequestOptions): Promise<Response> {
  let target = url;
  for (let redirects = 0; redirects <= mostRedirects; redirects++) {
    const response = await send(target, options);
    if (response.status < 300 || response.status > 399) return response;
    await response.body?.cancel();
    target = expectSameHost(target, response.headers.get('location'));
  }
  throw downloadFailed(`${url} must lead to a file`, `more than ${mostRedirects} redirects`);
}

async function send(url: string, { fetch, signal, from = 0 }: RequestOptions): Promise<Response> {
  // A compressed answer has another length than the file, and no part of it can be asked for.
  const headers = { 'accept-encoding': 'identity', ...(from > 0 ? { range: `bytes=${from}-` } : {}) };
  try {
    return await fetch(url, { headers, redirect: 'manual', ...(signal ? { signal } : {}) });
  } catch (cause) {
    expectNotAborted(signal);
    throw downloadFailed(`${url} must be reachable`, reasonOf(cause), { cause });
  }
}

/** What fetch says is only that it failed; why stands in its cause. */
export function reasonOf(error: unknown): string {
  const { cause, message } = error as Error;
  return cause instanceof Error ? cause.message : message;
}

/** An address, or null where it is none. */
export function toUrl(address: string, base?: string): URL | null {
  return URL.canParse(address, base) ? new URL(address, base) : null;
}

function expectSameHost(url: string, location: string | null): string {
  const target = location === null ? null : toUrl(location, url);
  const { host, protocol } = new URL(url);
  if (target && target.host === host && target.protocol === protocol) return target.href;
  throw downloadFailed(`${url} must not lead to another host`, `a redirect to ${target?.host ?? 'nowhere'}`, {
    fix: 'name the address that it leads to, if you trust it',
  });
}
