import { get, type IncomingMessage } from "node:http";

/** Browsers that have the page open: each reads a stream of snapshots as it comes. */
export class Watchers {
  #snapshots = 0;

  private constructor(private readonly responses: readonly IncomingMessage[]) {
    for (const response of responses) {
      response.setEncoding("utf8").on("data", (text: string) => {
        // Each is one line; a chunk may hold several, or a part of one.
        this.#snapshots += text.split("data: ").length - 1;
      });
      response.on("error", () => {});
    }
  }

  /** Resolves when all of them watch. */
  static async open(url: string, count: number): Promise<Watchers> {
    return new Watchers(await Promise.all(Array.from({ length: count }, () => opened(url))));
  }

  /** That arrived, over all watchers. */
  get snapshots(): number {
    return this.#snapshots;
  }

  stop(): void {
    for (const response of this.responses) {
      response.destroy();
    }
  }
}

function opened(url: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent: false, headers: { accept: "text/event-stream" } }, (response) => {
      if (response.statusCode === 200) {
        resolve(response);
      } else {
        response.resume();
        reject(new Error(`${url} answered ${response.statusCode}`));
      }
    });
    request.on("error", reject);
  });
}
