import { connect } from "node:net";

/** Sends bytes as they are, and answers the status of what comes back; 0 when nothing does. */
export function rawStatus(baseUrl: string, text: string | Buffer, patienceMs = 3_000): Promise<number> {
  const { port, hostname } = new URL(baseUrl);
  return new Promise((resolve) => {
    let answer = "";
    const socket = connect(Number(port), hostname, () => socket.write(text));
    const done = () => {
      socket.destroy();
      resolve(Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0));
    };
    const late = setTimeout(done, patienceMs);
    socket.on("data", (bytes) => {
      answer += bytes.toString("latin1");
      if (/^HTTP\/1\.1 [2-5]/.test(answer) && answer.includes("\r\n\r\n")) {
        clearTimeout(late);
        done();
      }
    });
    socket.on("error", () => {});
    socket.on("close", done);
  });
}

/** A request with header lines that no client would write. */
export function rawRequest(
  headers: readonly string[],
  body: string,
  path = "/v1/chat/completions",
  method = "POST",
): string {
  const lines = [`${method} ${path} HTTP/1.1`, "host: x", `content-length: ${Buffer.byteLength(body)}`];
  return [...lines, ...headers, "", body].join("\r\n");
}
