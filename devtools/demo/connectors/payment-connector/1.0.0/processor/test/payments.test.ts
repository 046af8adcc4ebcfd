import assert from "node:assert/strict";
import { test } from "node:test";
import { readConfiguration } from "../src/configuration.js";
import { pay, PaymentRequest, type Send } from "../src/payments.js";

const request = { paymentId: "p-1", centAmount: 1999, currency: "EUR" };
const accepts: Send = async () => ({ ok: true, id: "psp-1" });
const refuses: Send = async () => ({ ok: false, id: "" });

test("an accepted payment is a charge", async () => {
  assert.deepEqual(await pay(request, "automatic", accepts), { type: "Charge", state: "Success", interactionId: "psp-1" });
});

test("with manual capture it is an authorization", async () => {
  assert.equal((await pay(request, "manual", accepts)).type, "Authorization");
});

test("a refused payment is a failure", async () => {
  assert.equal((await pay(request, "automatic", refuses)).state, "Failure");
});

test("an amount of zero is not a payment", () => {
  assert.equal(PaymentRequest.safeParse({ ...request, centAmount: 0 }).success, false);
});

test("a configuration without a key names the key", () => {
  const incomplete = { PSP_URL: "https://api.psp.example", CAPTURE_MODE: "manual" };
  assert.throws(() => readConfiguration(incomplete), /PSP_API_KEY/);
});
