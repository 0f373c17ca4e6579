import type { PromptContent } from '@anvil/core/prompt';

const text = (name: string) => ({ name, type: 'string' as const, required: true });
const optional = (name: string, value?: string) => ({
  name,
  type: 'string' as const,
  required: false,
  ...(value === undefined ? {} : { default: value }),
});
const CONFIG = '{\n  "model": "gpt-5",\n  "temperature": 0.2\n}';

const ORDER = {
  name: 'order',
  type: 'object' as const,
  required: true,
  fields: [
    text('number'),
    {
      name: 'items',
      type: 'list' as const,
      required: true,
      items: {
        type: 'object' as const,
        fields: [text('name'), { ...text('price'), type: 'number' as const }],
      },
    },
  ],
};

const REFUND_TEXT = `A customer asks for a refund of order {{ order.number }}.
Reason given: {{ reason | strip }}

{% for item in order.items %}
- {{ item.name }}, {{ item.price | round: 2 }}
{% endfor %}

Answer in the customer's language.`;

/** What the set `support/emails` holds at its first version. */
export const PROMPTS: Record<string, PromptContent> = {
  welcome: {
    kind: 'chat',
    messages: [
      { role: 'system', content: "You write for Acme's support team. Be brief, warm and exact." },
      {
        role: 'user',
        content:
          'Welcome {{ name }} to the {{ plan }} plan{% if locale %} in {{ locale }}{% endif %}. Name one thing to try first.',
      },
    ],
    parameters: [
      text('name'),
      { ...text('plan'), enum: ['starter', 'team', 'business'] },
      optional('locale'),
    ],
    config: CONFIG,
  },
  refund: {
    kind: 'chat',
    messages: [
      { role: 'system', content: "You write for Acme's support team. Be brief, warm and exact." },
      { role: 'user', content: REFUND_TEXT },
    ],
    parameters: [ORDER, text('reason')],
    config: CONFIG,
  },
  'reset-password': {
    kind: 'text',
    template:
      'Hello {{ name }},\n\nhere is your link to choose a new password: {{ link }}\nIt works for 15 minutes.\n',
    parameters: [text('name'), text('link')],
    config: '{}',
  },
  escalation: {
    kind: 'chat',
    messages: [
      { role: 'system', content: 'Summarise ticket {{ ticket }} for the engineer on call, in three lines.' },
      { placeholder: 'history' },
    ],
    parameters: [text('ticket'), { name: 'history', type: 'messages', required: true }, optional('sla')],
    config: CONFIG,
  },
  'outage-notice': {
    kind: 'text',
    template: '{{ service }} is not answering since {{ since }}. We are on it.\n',
    parameters: [text('service'), text('since')],
    config: '{}',
  },
};

const TONE = { ...optional('tone', 'warm'), enum: ['warm', 'plain'] };

/** The refund prompt with one more, optional parameter: a minor change. */
export const REFUND_WITH_TONE: PromptContent = {
  ...(PROMPTS.refund as PromptContent & { kind: 'chat' }),
  messages: [
    {
      role: 'system',
      content: "You write for Acme's support team. Be brief and exact.\nSound {{ tone }}, never sugary.",
    },
    { role: 'user', content: REFUND_TEXT },
  ],
  parameters: [ORDER, text('reason'), TONE],
};
