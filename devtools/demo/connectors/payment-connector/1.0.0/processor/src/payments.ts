import { z } from "zod";
import type { Configuration } from "./configuration.js";

export const PaymentRequest = z.object({
  paymentId: z.string().min(1).max(64),
  centAmount: z.int().positive(),
  currency: z.string().regex(/^[A-Z]{3}$/),
});

export type PaymentRequest = z.infer<typeof PaymentRequest>;

export interface Transaction {
  type: "Authorization" | "Charge";
  state: "Success" | "Failure";
  interactionId: string;
}

export type Send = (path: string, body: unknown) => Promise<{ ok: boolean; id: string }>;

/** Return a sender that talks to the provider over HTTPS. */
export function sender(configuration: Configuration): Send {
  return async (path, body) => {
    const answer = await fetch(new URL(path, configuration.PSP_URL), {
      method: "POST",
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${configuration.PSP_API_KEY}` },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(10_000),
    });
    const content = (await answer.json()) as { id?: unknown };
    return { ok: answer.ok, id: typeof content.id === "string" ? content.id : "" };
  };
}

/** Ask the provider for the money, and return the transaction to be added to the payment. */
export async function pay(request: PaymentRequest, mode: Configuration["CAPTURE_MODE"], send: Send): Promise<Transaction> {
  const type = mode === "automatic" ? "Charge" : "Authorization";
  const answer = await send("/v1/payments", {
    reference: request.paymentId,
    amount: request.centAmount,
    currency: request.currency,
    capture: mode === "automatic",
  });
  return { type, state: answer.ok ? "Success" : "Failure", interactionId: answer.id };
}
