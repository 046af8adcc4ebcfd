import { createServer, type IncomingMessage } from "node:http";
import { readMessage } from "./messages.js";

const LARGEST_BODY = 256 * 1024;

async function body(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > LARGEST_BODY) throw new RangeError("The body is too large.");
    chunks.push(chunk as Buffer);
  }
  return JSON.parse(Buffer.concat(chunks).toString("utf8"));
}

const server = createServer(async (request, response) => {
  try {
    const order = readMessage(await body(request));
    if (order !== null) {
      await fetch(new URL("/v1/reports/orders", process.env.PSP_URL), {
        method: "POST",
        headers: { "Content-Type": "application/json", Authorization: `Bearer ${process.env.PSP_REPORTING_KEY}` },
        body: JSON.stringify(order),
        signal: AbortSignal.timeout(10_000),
      });
    }
    response.writeHead(204).end();
  } catch (error) {
    console.error(error instanceof Error ? error.message : "unknown error");
    response.writeHead(500).end();
  }
});

server.listen(Number(process.env.PORT ?? "8080"));
