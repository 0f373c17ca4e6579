import type { PromptContent } from '@anvil/core/prompt';
import { createAnvilTrpcClient, type AnvilTrpcClient } from '../../client/index.ts';
import { PROMPTS, REFUND_WITH_TONE } from './sample-prompts.ts';

/** Somebody who registered over HTTP, as a browser does, but without one. */
export interface SignedIn {
  trpc: AnvilTrpcClient;
  organisation: string;
  email: string;
  password: string;
  /** The session, to be put into a browser. */
  cookie: { name: string; value: string };
}

const PASSWORD = 'a sentence is easy to remember';
let people = 0;

/** Registers somebody with an organisation of their own. Each call makes another person. */
export async function signUp(url: string, name = 'Mara Kern'): Promise<SignedIn> {
  people += 1;
  const email = `somebody-${people}-${Date.now()}@example.com`;
  const answer = await fetch(`${url}/trpc/accounts.register`, {
    method: 'POST',
    // Each comes from an address of its own (a server for tests trusts this), or ten would be the limit of an hour.
    headers: {
      'content-type': 'application/json',
      origin: url,
      'x-forwarded-for': `10.1.${people >> 8}.${people & 255}`,
    },
    body: JSON.stringify({ name, email, password: PASSWORD }),
  });
  const pair = /^([^=]+)=([^;]+)/.exec(answer.headers.get('set-cookie') ?? '');
  if (!answer.ok || !pair) throw new Error(`Nobody was registered: ${answer.status} ${await answer.text()}`);
  const [, cookieName = '', value = ''] = pair;
  const cookie = { name: cookieName, value };
  const { result } = (await answer.json()) as { result: { data: { organisation: string } } };
  const { organisation } = result.data;
  // The client speaks with an API key; here the session's cookie stands in for it.
  const trpc = createAnvilTrpcClient({
    url,
    apiKey: '',
    fetch: (address, init) => {
      const headers = new Headers(init?.headers);
      headers.delete('authorization');
      headers.set('cookie', `${cookie.name}=${cookie.value}`);
      headers.set('origin', url);
      return fetch(address, { ...init, headers });
    },
  });
  return { trpc, organisation, email, password: PASSWORD, cookie };
}

/** Ends the session of a browser elsewhere, as a revoked or expired one ends. */
export async function endSession(url: string, { cookie }: SignedIn): Promise<void> {
  const answer = await fetch(`${url}/trpc/accounts.signOut`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      origin: url,
      cookie: `${cookie.name}=${cookie.value}`,
    },
    body: '{}',
  });
  if (!answer.ok) throw new Error(`The session was not ended: ${answer.status} ${await answer.text()}`);
}

export interface Place {
  organisation: string;
  project: string;
  set: string;
}

/** Publishes the draft as the number that follows. @returns it */
export async function publish(trpc: SignedIn['trpc'], place: Place, changelog: string): Promise<string> {
  const { checksum } = await trpc.versions.next.query(place);
  const { number } = await trpc.versions.publish.mutate({ ...place, checksum, changelog });
  return number;
}

/** Saves another content of a prompt. */
export async function edit(
  trpc: SignedIn['trpc'],
  place: Place,
  prompt: string,
  content: PromptContent,
): Promise<void> {
  const { id, revision } = await trpc.prompts.get.query({ ...place, prompt });
  await trpc.prompts.update.mutate({ organisation: place.organisation, prompt_id: id, revision, content });
}

/**
 * A project with three sets; `support/emails` has five prompts, the versions 1.0.0, 1.1.0 and 1.1.1, the labels
 * `production` and `staging` that have moved, and a draft with a minor change.
 */
export async function makeSupportProject({ trpc, organisation }: SignedIn): Promise<Place> {
  await trpc.projects.create.mutate({
    organisation,
    name: 'Support',
    description: 'What customers read, and what helps who answers them.',
  });
  const sets = [
    { name: 'Emails', description: 'What customers read when they write to us. Owned by the support team.' },
    { name: 'Triage', description: 'Which team a ticket belongs to.' },
    { name: 'Summaries', description: 'A week of tickets on one page.' },
  ];
  for (const set of sets) await trpc.promptSets.create.mutate({ organisation, project: 'support', ...set });
  const place = { organisation, project: 'support', set: 'emails' };

  for (const [slug, content] of Object.entries(PROMPTS).slice(0, 4)) {
    await trpc.prompts.create.mutate({ ...place, name: nameOf(slug), slug, content });
  }
  await publish(trpc, place, 'The first four letters.');
  await trpc.labels.move.mutate({
    ...place,
    name: 'production',
    from: null,
    to: '1.0.0',
    reason: 'First release',
  });
  await trpc.prompts.create.mutate({
    ...place,
    name: 'Outage notice',
    slug: 'outage-notice',
    content: PROMPTS['outage-notice'] as PromptContent,
  });
  await publish(trpc, place, 'A notice for outages.\n\nThe status page sends it.');
  await trpc.labels.move.mutate({ ...place, name: 'staging', from: null, to: '1.1.0' });
  await trpc.labels.move.mutate({
    ...place,
    name: 'production',
    from: '1.0.0',
    to: '1.1.0',
    reason: 'Outage notices went live',
  });
  await edit(trpc, place, 'outage-notice', {
    ...(PROMPTS['outage-notice'] as PromptContent & { kind: 'text' }),
    template:
      '{{ service }} has not answered since {{ since }}. We are on it, and write again within the hour.\n',
  });
  await publish(trpc, place, 'The outage notice says when we write again.');
  await trpc.labels.move.mutate({
    ...place,
    name: 'staging',
    from: '1.1.0',
    to: '1.1.1',
    reason: 'To be read by legal',
  });

  await edit(trpc, place, 'refund', REFUND_WITH_TONE);
  await edit(trpc, place, 'escalation', {
    ...(PROMPTS.escalation as PromptContent & { kind: 'chat' }),
    messages: [
      {
        role: 'system',
        content:
          'Summarise ticket {{ ticket }} for the engineer on call, in three lines.{% if sla %} Name the SLA first: {{ sla }}.{% endif %}',
      },
      { placeholder: 'history' },
    ],
  });
  return place;
}

function nameOf(slug: string): string {
  const words = slug.replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
