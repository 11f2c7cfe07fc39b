import type { AnswerLine, AnswerRequest, DemoState, PhantomChoice, UploadedImage } from '../../server/api-types.js';

async function expectOk(response: Response): Promise<Response> {
  if (response.ok) return response;
  const body = (await response.json().catch(() => ({}))) as { message?: string };
  throw new Error(body.message ?? `The server answered ${response.status}.`);
}

const getJson = async <T>(path: string): Promise<T> => (await expectOk(await fetch(path))).json() as Promise<T>;

export const fetchState = (): Promise<DemoState> => getJson('/api/state');
export const fetchPhantoms = (): Promise<PhantomChoice[]> => getJson('/api/phantoms');

/** The server tells pictures by their content, so the bytes go up as they are. */
export async function uploadImage(bytes: Blob): Promise<UploadedImage> {
  const headers = { 'content-type': 'application/octet-stream' };
  const response = await expectOk(await fetch('/api/images', { method: 'POST', headers, body: bytes }));
  return response.json() as Promise<UploadedImage>;
}

/** Asks, and gives each line of the answer as it comes. */
export async function streamAnswer(
  request: AnswerRequest,
  { onLine, signal }: { onLine: (line: AnswerLine) => void; signal: AbortSignal },
): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify(request);
  const response = await expectOk(await fetch('/api/answers', { method: 'POST', headers, body, signal }));
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (let read = await reader?.read(); read && !read.done; read = await reader?.read()) {
    const lines = (rest + read.value).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line) onLine(JSON.parse(line) as AnswerLine);
  }
}
