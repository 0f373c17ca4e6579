import { rest } from './account.ts';

/** The set that everything is fetched from, and one of few prompts for pages. */
export const SET = 'bench/many';
const PROMPTS = 2_000;

export interface MadePrompts {
  setId: string;
  slugs: string[];
  /** Of an answer by address. */
  bodyBytes: number;
}

interface Made {
  id: string;
}

/** A set of 2,000 imported prompts and two to render, published as 1.0.0. */
export async function makePrompts(url: string, token: string): Promise<MadePrompts> {
  await rest(url, token, 'POST', '/projects', { name: 'Bench', slug: 'bench' });
  const rows = Array.from(
    { length: PROMPTS },
    (_, n) => `Prompt ${n},"${`Answer question ${n} briefly. `.repeat(20)}\${topic:tea}"`,
  );
  await rest(
    url,
    token,
    'POST',
    '/projects/bench/prompt_sets/many/import',
    ['name,prompt', ...rows].join('\n'),
  );
  const { data } = await rest<{ data: (Made & { address: string })[] }>(
    url,
    token,
    'GET',
    '/projects/bench/prompt_sets',
  );
  const setId = data.find((set) => set.address === SET)?.id ?? '';
  await makeRendered(url, token, setId);
  await publish(url, token, setId);

  const { prompt_set: pages } = await rest<{ prompt_set: Made }>(
    url,
    token,
    'POST',
    '/projects/bench/prompt_sets',
    { name: 'Pages' },
  );
  await makeRendered(url, token, pages.id);
  await publish(url, token, pages.id);

  const slugs = Array.from({ length: PROMPTS }, (_, n) => `prompt-${n}`);
  const one = await rest<object>(url, token, 'GET', `/prompts/by_address/${SET}/${slugs[0] ?? ''}`);
  return { setId, slugs, bodyBytes: JSON.stringify(one).length };
}

async function makeRendered(url: string, token: string, setId: string): Promise<void> {
  const make = (slug: string, template: string, parameter: object) =>
    rest(url, token, 'POST', `/prompt_sets/${setId}/prompts`, {
      name: slug,
      slug,
      content: { kind: 'text', template, parameters: [{ required: true, ...parameter }] },
    });
  await make('plain', `Hello {{ name }}. ${'Be brief, warm and exact. '.repeat(20)}`, {
    name: 'name',
    type: 'string',
  });
  await make('logic', '{% for item in items %}- {{ item | upcase }}\n{% endfor %}', {
    name: 'items',
    type: 'list',
    items: { type: 'string' },
  });
}

/** Publishes what the draft holds. */
export async function publish(url: string, token: string, setId: string): Promise<void> {
  const { next_version } = await rest<{ next_version: { checksum: string } }>(
    url,
    token,
    'GET',
    `/prompt_sets/${setId}/next_version`,
  );
  await rest(url, token, 'POST', `/prompt_sets/${setId}/versions`, { checksum: next_version.checksum });
}
