/** The introduction of the document. */
export const DESCRIPTION = `Anvil is a package manager for LLM prompts. Prompts that belong together are a *prompt set*, the package.
Its draft is edited. Its versions are published under semantic numbers and never change afterwards.

## Requests

* Send an API key with every request: \`Authorization: Bearer ank_…\`. A key belongs to one organisation. Its scopes say what it may do.
  Each operation lists the scopes of which the key needs one.
* Ids are UUIDs (version 7). Times are ISO 8601 in UTC.
* Texts hold neither NUL nor unpaired surrogates. Lengths are counted in UTF-16 code units, so most emoji count as two.
* Unknown query parameters are refused with 400 and unknown fields with 422, so that a misspelt name never has no effect.
* Bodies have at most 1 MiB unless the operation says otherwise.

## Responses

* A single thing is \`{ "prompt": { … } }\`. A list is \`{ "data": [ … ], "meta": { "cursor", "has_more" } }\`. Send \`meta.cursor\` as
  \`cursor\` to get the next page. Cursors are opaque and belong to one list.
* An error is \`{ "error": { "type", "reason", "message", "details", "request_id" } }\`. \`reason\` is stable. Each operation lists its reasons.
* 404 means that something doesn’t exist or that the key can’t see it. 503 means that Anvil can’t tell at the moment.

## Caching

Fetched prompts, and lists and things over REST, carry an \`ETag\`. Keep the response with its \`ETag\`, send the tag as
\`If-None-Match\`, and reuse the response when the answer is 304. An exact version (\`@1.4.2\`) never changes, so a program may keep it
for ever. Contents by hash never change either.

## When Anvil is slow or down

* **Time-outs.** Give a fetch or a render 2 seconds and a write 15 seconds. An import lasts as long as its file.
* **Retries.** Repeat GET, render and resolve after a connection error, 429, 502, 503 or 504, after \`Retry-After\` seconds or with a
  growing delay. Repeat a write only with the same \`Idempotency-Key\` or \`If-Match\`. Don’t repeat other 4xx.
* **The database is down.** Known prompts are still served, marked with \`Anvil-Verified-At\`. Everything else is 503.
* **Anvil is down.** Use the last response that your program kept. Keep one per address, on disk if the program must start without Anvil.
* \`503 outcome_unknown\` means that a change may or may not be saved. Repeat it with its Idempotency-Key, or read before you write again.

## Rendering

* Values are checked against the parameters. All errors come in one response, each with the name of its value.
* A name that the prompt doesn’t have is a warning in \`warnings\`. With \`strict: true\` it is an error. Log warnings: they announce
  parameters that are deprecated or misspelt.
* \`config\` is for the program that calls the model. Anvil only stores it.`;
