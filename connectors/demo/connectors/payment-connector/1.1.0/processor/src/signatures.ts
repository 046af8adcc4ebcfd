import { createHmac, timingSafeEqual } from "node:crypto";

/** Tell whether the provider signed this body with our secret. */
export function isSigned(body: Buffer, signature: string, secret: string): boolean {
  const expected = createHmac("sha256", secret).update(body).digest();
  const given = Buffer.from(signature, "hex");
  return given.length === expected.length && timingSafeEqual(given, expected);
}
