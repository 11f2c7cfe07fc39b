// The one call of the chat API that this plugin makes: streamed, abortable, with errors that never hold the key.
import { Sim4SegError, expectNotAborted } from '@sim4seg/core';

const MOST_ANSWER_CHARS = 100_000;

/**
 * @typedef {object} ChatRequest
 * @property {string} baseUrl such as https://api.openai.com/v1
 * @property {string | undefined} key sent in a header and nowhere else
 * @property {object} body
 * @property {AbortSignal | undefined} signal
 * @property {(text: string) => void} onText
 */

/**
 * Streams one completion.
 * @param {ChatRequest} request
 * @returns {Promise<{ text: string, logProbs: number[], finish: 'stop' | 'length' }>}
 */
export async function streamChat({ baseUrl, key, body, signal, onText }) {
  expectNotAborted(signal);
  const answer = { text: '', logProbs: [], finish: 'stop' };
  // fetch leaves its listener on a signal that it is given: this one ends with the request.
  const request = new AbortController();
  const follow = () => request.abort(signal?.reason);
  signal?.addEventListener('abort', follow, { once: true });
  try {
    const response = await fetch(`${baseUrl.replace(/\/$/, '')}/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(key ? { authorization: `Bearer ${key}` } : {}) },
      body: JSON.stringify({ ...body, stream: true }),
      redirect: 'error',
      signal: request.signal,
    });
    if (!response.ok) {
      await response.body?.cancel();
      throw failed(`status ${response.status}`);
    }
    for await (const data of eventsOf(response)) readChunk(data, answer, onText, signal);
  } catch (error) {
    expectNotAborted(signal);
    if (error instanceof Sim4SegError) throw error;
    // The cause of fetch names the host and never a header.
    throw failed(error instanceof Error ? (error.cause?.message ?? error.message) : String(error));
  } finally {
    signal?.removeEventListener('abort', follow);
    request.abort();
  }
  return answer;
}

/**
 * The data of server-sent events, until [DONE].
 * @param {Response} response
 */
async function* eventsOf(response) {
  let rest = '';
  for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + piece).split(/\r?\n/);
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (!line.startsWith('data:')) continue;
      const data = line.slice(5).trim();
      if (data === '[DONE]') return;
      yield data;
    }
  }
}

function readChunk(data, answer, onText, signal) {
  expectNotAborted(signal);
  const [choice] = JSON.parse(data).choices ?? [];
  const text = choice?.delta?.content ?? '';
  if (answer.text.length + text.length > MOST_ANSWER_CHARS) throw failed('an answer without end');
  answer.text += text;
  for (const { logprob } of choice?.logprobs?.content ?? []) answer.logProbs.push(Math.min(0, logprob));
  if (choice?.finish_reason === 'length') answer.finish = 'length';
  if (text !== '') onText(text);
}

function failed(got) {
  return new Sim4SegError('ENGINE_FAILED', {
    must: 'The chat endpoint answers',
    got,
    fix: 'check baseUrl, model and the key in the environment variable that apiKeyEnv names',
  });
}
