import { z } from "zod";

const Configuration = z.object({
  PSP_URL: z.url(),
  PSP_API_KEY: z.string().min(1),
  CHECKOUT_TOKEN: z.string().min(32),
  PSP_WEBHOOK_SECRET: z.string().min(16),
  REFUND_WINDOW_DAYS: z.coerce.number().int().min(0).default(90),
  CAPTURE_MODE: z.enum(["automatic", "manual"]),
});

export type Configuration = z.infer<typeof Configuration>;

/** Read the configuration of the deployment; throws with the names of all keys that are wrong. */
export function readConfiguration(environment: NodeJS.ProcessEnv): Configuration {
  const result = Configuration.safeParse(environment);
  if (!result.success) {
    const keys = result.error.issues.map((issue) => issue.path.join(".")).join(", ");
    throw new Error(`The configuration is not complete: ${keys}`);
  }
  return result.data;
}
