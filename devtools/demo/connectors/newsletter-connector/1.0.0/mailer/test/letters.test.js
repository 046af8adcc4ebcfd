import assert from "node:assert/strict";
import { test } from "node:test";
import { letter } from "../src/letters.js";

test("a letter greets by name", () => {
  assert.equal(letter({ email: "a@example.com", firstName: "Ada" }, "shop@example.com").text, "Hello Ada!");
});
