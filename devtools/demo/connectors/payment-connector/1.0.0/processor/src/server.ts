import { createServer, type IncomingMessage } from "node:http";
import { readConfiguration } from "./configuration.js";
import { pay, PaymentRequest, sender } from "./payments.js";

const LARGEST_BODY = 64 * 1024;

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

const configuration = readConfiguration(process.env);
const send = sender(configuration);

const server = createServer(async (request, response) => {
  const answer = (status: number, content: unknown): void => {
    response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(content));
  };
  try {
    if (request.method !== "POST" || request.url !== "/payments") {
      answer(404, { message: "There is nothing here." });
      return;
    }
    const parsed = PaymentRequest.safeParse(await body(request));
    if (!parsed.success) {
      answer(400, { message: "The request is not a payment." });
      return;
    }
    answer(200, await pay(parsed.data, configuration.CAPTURE_MODE, send));
  } catch (error) {
    console.error(error instanceof Error ? error.message : "unknown error");
    answer(500, { message: "The payment could not be made." });
  }
});

server.listen(Number(process.env.PORT ?? "8080"));
