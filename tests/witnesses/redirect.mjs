// Loaded before the official command line (node --import): sends its fixed token host to the portal under test, and
// shortens its pauses between polls. The packages themselves stay as they were published.
const portal = process.env.PORTAL_URL;
const originalFetch = globalThis.fetch;
const originalTimeout = globalThis.setTimeout;
const LONGEST_PAUSE = 500;

globalThis.fetch = (input, options) => {
  const url = String(input?.url ?? input);
  const rewritten = url.replace(/^https:\/\/auth\.[a-z0-9.-]+\.commercetools\.com/, portal);
  return originalFetch(rewritten === url ? input : rewritten, options);
};

globalThis.setTimeout = (action, pause, ...rest) =>
  originalTimeout(action, pause >= 10_000 && pause <= 60_000 ? LONGEST_PAUSE : pause, ...rest);
