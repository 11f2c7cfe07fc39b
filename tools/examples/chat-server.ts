import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the chat API is asked. */
export interface ChatBody {
  readonly model: string;
  readonly messages: readonly { readonly role: string; readonly content: unknown }[];
  readonly max_tokens: number;
  readonly temperature: number;
  readonly seed: number;
}

export interface ChatServer {
  readonly baseUrl: string;
  readonly asked: { readonly body: ChatBody; readonly authorization: string | undefined }[];
  /** Requests whose client went away before their end. */
  readonly left: () => number;
  close(): Promise<void>;
}

export interface ChatScript {
  /** The words of an answer. */
  readonly words: (body: ChatBody) => readonly string[];
  readonly status?: number;
  /** Waits before each word. */
  readonly pause?: () => Promise<void>;
}

/** A server on loopback that speaks the streamed chat API from a script. */
export async function startChatServer(script: ChatScript): Promise<ChatServer> {
  const asked: ChatServer['asked'] = [];
  let left = 0;
  const server = createServer((request, response) => {
    response.once('close', () => (left += response.writableFinished ? 0 : 1));
    void readJson(request).then((body) => {
      asked.push({ body, authorization: request.headers.authorization });
      return answer(response, body, script);
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    asked,
    left: () => left,
    close: () =>
      new Promise<void>((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

async function answer(response: ServerResponse, body: ChatBody, { words, status = 200, pause }: ChatScript) {
  if (status !== 200) return response.writeHead(status).end('{"error": {"message": "no"}}');
  // A connection of its own for each request, so that nothing stays open behind a test.
  response.writeHead(200, { 'content-type': 'text/event-stream', connection: 'close' });
  const all = words(body);
  const some = all.slice(0, body.max_tokens);
  for (const content of some) {
    await pause?.();
    if (response.closed) return;
    const choice = { delta: { content }, logprobs: { content: [{ token: content, logprob: -0.25 }] } };
    response.write(`data: ${JSON.stringify({ choices: [choice] })}\n\n`);
  }
  const finish_reason = some.length < all.length ? 'length' : 'stop';
  response.end(`data: ${JSON.stringify({ choices: [{ delta: {}, finish_reason }] })}\n\ndata: [DONE]\n\n`);
}

async function readJson(request: IncomingMessage): Promise<ChatBody> {
  let text = '';
  for await (const piece of request.setEncoding('utf8')) text += piece as string;
  return JSON.parse(text) as ChatBody;
}
