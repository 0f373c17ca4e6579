import type { Parameter, PromptContent } from '@anvil/core/prompt';
import { highlightJson, highlightLiquid } from '../lib/highlight.ts';
import { Card, CardRow, CardRows } from './ui/card.tsx';
import { CodeBlock } from './ui/code.tsx';
import { Tag } from './ui/tag.tsx';

/** A content to read: its texts, its parameters, its config. */
export function ContentView({
  content,
  title,
  level,
}: {
  content: PromptContent;
  title: string;
  /** Level of the headings: 3 in a section with a heading of its own. */
  level?: 2 | 3;
}) {
  const texts = content.kind === 'text' ? [{ role: title, content: content.template }] : content.messages;
  return (
    <>
      {texts.map((message, index) =>
        'placeholder' in message ? (
          <Card key={index} level={level} title={<RoleTag role="placeholder" />}>
            The caller’s own messages go in here: <code>{message.placeholder}</code>
          </Card>
        ) : (
          <Card
            key={index}
            level={level}
            title={content.kind === 'text' ? <code>{title}</code> : <RoleTag role={message.role} />}
            flush
          >
            <CodeBlock
              bare
              wrap
              label={`${message.role}, message ${index + 1}`}
              code={highlightLiquid(message.content)}
            />
          </Card>
        ),
      )}
      {content.parameters.length > 0 && (
        <Card title="Parameters" level={level} flush>
          <CardRows>
            {content.parameters.map((parameter) => (
              <CardRow key={parameter.name} aside={presenceOf(parameter)} dense>
                <span className="grid grid-cols-[fit-content(60%)_minmax(0,1fr)] gap-x-4">
                  <code className="min-w-24 font-medium wrap-anywhere">{parameter.name}</code>
                  <span className="text-mute">
                    {typeOf(parameter)} <bdi>{parameter.description}</bdi>
                  </span>
                </span>
              </CardRow>
            ))}
          </CardRows>
        </Card>
      )}
      {content.config.trim() !== '{}' && (
        <Card title="Config" level={level} flush>
          <CodeBlock bare wrap label="Config" code={highlightJson(content.config)} />
        </Card>
      )}
    </>
  );
}

/** Who speaks in a message; what a person says in the colour of what goes in. */
export function RoleTag({ role }: { role: string }) {
  return <Tag tone={role === 'user' ? 'info' : 'plain'}>{role}</Tag>;
}

function typeOf({ type, enum: values }: Parameter): string {
  return values ? values.map((value) => JSON.stringify(value)).join(' | ') : type;
}

/** `required`, `= "warm"`, `optional` */
export function presenceOf({ required, default: value }: Parameter): string {
  if (required) return 'required';
  return value === undefined || value === null ? 'optional' : `= ${JSON.stringify(value)}`;
}
