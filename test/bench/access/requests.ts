import { performance } from "node:perf_hooks";
import { EnvoyClient, refusalOf } from "../../extproc/support/envoyCalls";
import { type AccessSize, benchKey, benchModels } from "./documents";

/** Headers of a request behind a load balancer and the gateway's own filters. */
const headers = {
  ":authority": "gateway.example.com",
  ":scheme": "http",
  accept: "application/json",
  "user-agent": "OpenAI/Python 1.99.1",
  "x-forwarded-for": "10.0.0.7",
  "x-forwarded-proto": "http",
  "x-request-id": "5e1f6a2f-6a6e-4e4a-9b7e-1f3f7c1c2a55",
};
const content = "All work and no play makes a dull benchmark. ".repeat(45);

/** Callers of a processor, one after the other, as Envoy has them ask. */
export class Callers {
  readonly #client: EnvoyClient;
  #next = 0;

  constructor(
    port: number,
    private readonly size: AccessSize,
  ) {
    this.#client = new EnvoyClient(port);
  }

  /**
   * Milliseconds of a request with the next key: headers, body, and the answer to each.
   * @throws Error when it is refused.
   */
  async time(): Promise<number> {
    // Far apart, so that no key is near the one before it in anybody's cache.
    const index = (this.#next * 7_919) % this.size.keys;
    this.#next += 1;
    const started = performance.now();
    const status = await this.#ask(benchKey(index), benchModels(index, this.size).open);
    const taken = performance.now() - started;
    if (status !== undefined) {
      throw new Error(`the processor has answered ${status}`);
    }
    return taken;
  }

  /** What it says to a key that is none, and to one that may not call the model. */
  async refusals(): Promise<readonly (number | undefined)[]> {
    const { closed } = benchModels(0, this.size);
    return [await this.#ask("sk-wrong", closed), await this.#ask(benchKey(0), closed)];
  }

  close(): void {
    this.#client.close();
  }

  async #ask(key: string, model: string): Promise<number | undefined> {
    const call = this.#client.call();
    const body = { model, max_tokens: 16, messages: [{ role: "user", content }] };
    const answer = await call.request(body, { ...headers, authorization: `Bearer ${key}` });
    await call.end();
    return refusalOf(answer);
  }
}
