import { createServer } from "node:http";
import { letter, send } from "./letters.js";

createServer(async (request, response) => {
  try {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const { customer } = JSON.parse(Buffer.concat(chunks).toString("utf8"));
    await send(letter(customer, process.env.SENDER));
    response.writeHead(204).end();
  } catch {
    response.writeHead(500).end();
  }
}).listen(Number(process.env.PORT ?? "8080"));
