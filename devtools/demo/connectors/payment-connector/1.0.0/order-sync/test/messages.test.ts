import assert from "node:assert/strict";
import { test } from "node:test";
import { readMessage } from "../src/messages.js";

const pushed = (content: unknown): unknown => ({
  message: { data: Buffer.from(JSON.stringify(content)).toString("base64") },
});

test("a confirmed order is read", () => {
  const order = { type: "OrderConfirmed", orderId: "o-1", totalCents: 4200 };
  assert.deepEqual(readMessage(pushed(order)), { orderId: "o-1", totalCents: 4200 });
});

test("other messages are left alone", () => {
  assert.equal(readMessage(pushed({ type: "CustomerCreated" })), null);
  assert.equal(readMessage({ message: { data: "???" } }), null);
  assert.equal(readMessage(null), null);
});
