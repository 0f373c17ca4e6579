import { expect } from 'vitest';
import { signUp } from '../../support/sample-content.ts';
import { must } from './shell.ts';

/** What somebody has after their first five minutes. */
export interface Journey {
  /** Fetches the prompt by its address with curl, as the page says. @returns the answer's body */
  fetchPrompt(url?: string): Promise<string>;
  /** The API key. */
  token: string;
  /** The session, as the header `cookie`. */
  cookie: string;
}

const TEMPLATE = 'You work for {{ shop }}. Answer: {{ question }}';

/**
 * Registers somebody, pastes the first prompt, publishes it and fetches it from outside.
 *
 * @param url where Anvil is, as its APP_URL says
 */
export async function firstFiveMinutes(url: string): Promise<Journey> {
  const { trpc, organisation, cookie } = await signUp(url);
  const { address, version, token, answer } = await trpc.organisations.publishFirstPrompt.mutate({
    organisation,
    template: TEMPLATE,
    values: { shop: 'Acme', question: 'Where is my parcel?' },
  });
  expect(version).toBe('1.0.0');
  if (token === null) throw new Error('API keys are switched off');
  expect(JSON.stringify(answer)).toContain('You work for Acme. Answer: Where is my parcel?');
  const journey: Journey = {
    token,
    cookie: `${cookie.name}=${cookie.value}`,
    fetchPrompt: async (at = url) => {
      const path = `/api/v1/prompts/by_address/${address}@^1.0`;
      return must('curl', [
        ...['-sS', '--fail', '--noproxy', '*', '--max-time', '30', `${at}${path}`],
        ...['-H', `Authorization: Bearer ${token}`],
      ]);
    },
  };
  expect(await journey.fetchPrompt()).toContain(TEMPLATE);
  return journey;
}
