import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import { isCheckout, isSigned } from "../src/signatures.js";

const secret = "for tests and nothing else";
const body = Buffer.from("{}");

test("the right signature is accepted", () => {
  const signature = createHmac("sha256", secret).update(body).digest("hex");
  assert.equal(isSigned(body, signature, secret), true);
});

test("any other is not", () => {
  assert.equal(isSigned(body, "00", secret), false);
  assert.equal(isSigned(body, "", secret), false);
});

test("the checkout is known by its token", () => {
  assert.equal(isCheckout(`Bearer ${secret}`, secret), true);
  assert.equal(isCheckout(`Bearer ${secret}x`, secret), false);
  assert.equal(isCheckout("", secret), false);
});
