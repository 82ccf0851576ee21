/** Bytes of one answer: a model's has some hundred KiB. */
const ANSWER_BYTES_MAX = 64 * 1024 * 1024;
const REFUSAL_BYTES_MAX = 64 * 1024;

export interface BoundedFetchOptions {
  /** Nothing outside of its origin is connected to, and no redirect is followed: the key goes with each request. */
  readonly base: URL;
  /** Longest time in which nothing comes, ms: before an answer begins, and between two pieces of it. */
  readonly silenceMs: number;
}

type Fetch = typeof globalThis.fetch;

/**
 * The only way from the AI SDK to the network. An answer that is cut or falls silent ends early instead of failing: for the SDK that is
 * one without an end, for which it asks again as often as it may.
 */
export function createBoundedFetch({ base, silenceMs }: BoundedFetchOptions): Fetch {
  return async (input, init = {}) => {
    const { origin } = new URL(input instanceof Request ? input.url : input);
    if (origin !== base.origin)
      throw new Error(`refused to connect to ${origin}: the model's server is ${base.origin}`);
    const silence = new Silence(silenceMs);
    const own = init.signal ?? null;
    const signal = own === null ? silence.signal : AbortSignal.any([silence.signal, own]);
    try {
      const { body, ok, status, statusText, headers } = await fetch(input, {
        ...init,
        redirect: "error",
        signal,
      });
      const bytesMax = ok ? ANSWER_BYTES_MAX : REFUSAL_BYTES_MAX;
      if (body === null) silence.stop();
      const bounded = body === null ? null : boundBody(body, { silence, bytesMax, own });
      return new Response(bounded, { status, statusText, headers });
    } catch (error) {
      silence.stop();
      throw own?.aborted !== true && silence.signal.aborted ? toSilent(silenceMs) : error;
    }
  };
}

/** The SDK asks again where a failure has this code. */
function toSilent(silenceMs: number): Error {
  return Object.assign(new Error(`nothing came for ${silenceMs / 1000} s`), { code: "ETIMEDOUT" });
}

/** Aborts where nothing was heard for a time. */
class Silence {
  readonly #controller = new AbortController();
  readonly #ms: number;
  #timer: NodeJS.Timeout | null = null;

  constructor(ms: number) {
    this.#ms = ms;
    this.hear();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  hear(): void {
    this.stop();
    this.#timer = setTimeout(() => this.#controller.abort(), this.#ms);
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}

interface Bounds {
  readonly silence: Silence;
  readonly bytesMax: number;
  /** The caller's: what it ends is no cut. */
  readonly own: AbortSignal | null;
}

function boundBody(
  body: ReadableStream<Uint8Array>,
  { silence, bytesMax, own }: Bounds,
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  let bytes = 0;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        silence.hear();
        const { done, value } = await reader.read();
        silence.stop();
        bytes += value?.length ?? 0;
        if (!done && bytes <= bytesMax) {
          controller.enqueue(value);
          return;
        }
        if (!done) await reader.cancel();
        controller.close();
      } catch (error) {
        silence.stop();
        if (own?.aborted === true) controller.error(error);
        else controller.close();
      }
    },
    async cancel(reason) {
      silence.stop();
      await reader.cancel(reason);
    },
  });
}
