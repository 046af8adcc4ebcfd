import { createHash, createHmac, timingSafeEqual } from "node:crypto";

/** Tell whether the provider signed this body with our secret. */
export function isSigned(body: Buffer, signature: string, secret: string): boolean {
  const expected = createHmac("sha256", secret).update(body).digest();
  const given = Buffer.from(signature, "hex");
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** Tell whether the checkout sent its token in the Authorization header. */
export function isCheckout(authorization: string, token: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(authorization), digest(`Bearer ${token}`));
}
