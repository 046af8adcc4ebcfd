export interface OrderConfirmed {
  orderId: string;
  totalCents: number;
}

/** Read the order out of a pushed message; returns null for messages about anything else. */
export function readMessage(body: unknown): OrderConfirmed | null {
  const data = (body as { message?: { data?: unknown } } | null)?.message?.data;
  if (typeof data !== "string") return null;
  let content: unknown;
  try {
    content = JSON.parse(Buffer.from(data, "base64").toString("utf8"));
  } catch {
    return null;
  }
  const { type, orderId, totalCents } = (content ?? {}) as Record<string, unknown>;
  if (type !== "OrderConfirmed" || typeof orderId !== "string" || typeof totalCents !== "number") return null;
  return { orderId, totalCents };
}
