import { createServer, type IncomingMessage } from "node:http";
import { readConfiguration } from "./configuration.js";
import { pay, PaymentRequest, refund, RefundRequest, sender } from "./payments.js";
import { isCheckout, isSigned } from "./signatures.js";

const LARGEST_BODY = 64 * 1024;

async function body(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > LARGEST_BODY) throw new RangeError("The body is too large.");
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

const configuration = readConfiguration(process.env);
const send = sender(configuration);

const server = createServer(async (request, response) => {
  const answer = (status: number, content: unknown): void => {
    response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(content));
  };
  try {
    const content = await body(request);
    const fromCheckout = isCheckout(request.headers.authorization ?? "", configuration.CHECKOUT_TOKEN);
    switch (`${request.method} ${request.url}`) {
      case "POST /payments": {
        if (!fromCheckout) return answer(401, { message: "Only the checkout may pay." });
        const parsed = PaymentRequest.safeParse(JSON.parse(content.toString("utf8")));
        if (!parsed.success) return answer(400, { message: "The request is not a payment." });
        return answer(200, await pay(parsed.data, configuration.CAPTURE_MODE, send));
      }
      case "POST /payments/refunds": {
        if (!fromCheckout) return answer(401, { message: "Only the checkout may refund." });
        const parsed = RefundRequest.safeParse(JSON.parse(content.toString("utf8")));
        if (!parsed.success) return answer(400, { message: "The request is not a refund." });
        return answer(200, await refund(parsed.data, configuration.REFUND_WINDOW_DAYS, send, new Date()));
      }
      case "POST /payments/notifications": {
        const signature = String(request.headers["x-signature"] ?? "");
        if (!isSigned(content, signature, configuration.PSP_WEBHOOK_SECRET)) {
          return answer(401, { message: "The signature is wrong." });
        }
        return answer(202, {});
      }
      default:
        return answer(404, { message: "There is nothing here." });
    }
  } catch (error) {
    console.error(error instanceof Error ? error.message : "unknown error");
    answer(500, { message: "The payment could not be made." });
  }
});

server.listen(Number(process.env.PORT ?? "8080"));
