// Calls every method that the official SDK has for drafts and Connectors, and prints what came back as one JSON object.
import { createApiClient } from "@commercetools-connect/sdk";
import { ClientBuilder } from "@commercetools/ts-client";

const { PORTAL_URL, CLIENT_ID, CLIENT_SECRET, PROJECT_KEY, REPOSITORY_URL, REPOSITORY_TAG } = process.env;

const client = new ClientBuilder()
  .withClientCredentialsFlow({
    host: PORTAL_URL,
    projectKey: PROJECT_KEY,
    credentials: { clientId: CLIENT_ID, clientSecret: CLIENT_SECRET },
    scopes: [`manage_project:${PROJECT_KEY}`],
    httpClient: fetch,
  })
  .withCorrelationIdMiddleware({ generate: () => "witness-1" })
  .withHttpMiddleware({ host: PORTAL_URL, httpClient: fetch, includeResponseHeaders: true })
  .build();
const connectors = createApiClient((request) => client.execute(request), PORTAL_URL).connectors();

async function until(done, read) {
  for (let n = 0; n < 240; n += 1) {
    const body = (await read().execute()).body;
    if (done(body)) return body;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  throw new Error("it took too long");
}

async function refusal(request) {
  try {
    await request.execute();
  } catch (error) {
    return { statusCode: error.statusCode, body: error.body };
  }
  throw new Error("the request was not refused");
}

const seen = {};
const key = `sdk-${Date.now()}`;
const draft = {
  key,
  name: "Made by the SDK",
  creator: { email: "sdk@example.com", company: "Witness" },
  repository: { url: REPOSITORY_URL, tag: REPOSITORY_TAG },
  integrationTypes: ["psp"],
  supportedRegions: ["europe-west1.gcp"],
};
const created = await connectors.drafts().post({ body: draft }).execute();
seen.created = created.body;
seen.correlationId = created.headers["x-correlation-id"];
const id = created.body.id;
const byId = () => connectors.drafts().withId({ ID: id });
const byKey = () => connectors.drafts().withKey({ key });

seen.byId = (await byId().get().execute()).body;
seen.byKey = (await byKey().get().execute()).body;
seen.query = (await connectors.drafts().get({ queryArgs: { limit: 5, offset: 0, sort: "createdAt desc" } }).execute()).body;
seen.renamed = (
  await byId()
    .post({ body: { version: 1, actions: [{ action: "setName", name: "Renamed by the SDK" }] } })
    .execute()
).body;
seen.commented = await refusal(
  byKey().post({ body: { version: 2, actions: [{ action: "addCertificationComment", comment: "Too early" }] } }),
);
seen.stale = await refusal(byKey().post({ body: { version: 1, actions: [{ action: "setName", name: "Late" }] } }));
seen.unknown = await refusal(connectors.drafts().withKey({ key: "nobody-knows-me" }).get());
seen.duplicate = await refusal(connectors.drafts().post({ body: draft }));
seen.invalid = await refusal(connectors.drafts().post({ body: { name: "No creator" } }));

const before = (await byKey().get().execute()).body;
await byKey()
  .post({ body: { version: before.version, actions: [{ action: "publish", certification: false }] } })
  .execute();
seen.published = await until((body) => body.status !== "Processing", () => byId().get());
if (seen.published.status === "Published") {
  seen.connectorById = (await connectors.withId({ ID: id }).get().execute()).body;
  seen.connectorByKey = (await connectors.withKey({ key }).get().execute()).body;
  seen.search = (
    await connectors
      .search()
      .get({ queryArgs: { text: "Renamed", key: [key, "another-key"], integrationTypes: ["psp", "tax"], private: true } })
      .execute()
  ).body;
}
console.log(JSON.stringify(seen));
