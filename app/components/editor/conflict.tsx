import { Form } from '@remix-run/react';
import { useRef, type ReactNode } from 'react';
import type { PromptContent } from '@anvil/core/prompt';
import type { PromptView } from '#server/schemas/prompts.ts';
import { toContent, writeContentForm, type ContentForm } from '../../lib/content-form.ts';
import { parameterText } from '../../lib/content-text.ts';
import { diffTexts } from '../../lib/diff.ts';
import { useSerialSubmit } from '../../lib/use-serial-submit.ts';
import { CodeEditor } from '../code-editor.tsx';
import { PageHead } from '../page-head.tsx';
import { Button, LinkButton } from '../ui/button.tsx';
import { Card } from '../ui/card.tsx';
import { DiffView } from '../ui/diff.tsx';
import { Time } from '../ui/time.tsx';

export interface ConflictProps {
  /** As typed. */
  mine: ContentForm;
  name: string;
  /** What somebody else saved in between. */
  current: PromptView;
  path: string;
}

interface Side {
  title: string;
  text: string;
}

/** The texts of a content in their order, with the names of their fields. */
function textsOf(content: PromptContent): (Side & { field: string })[] {
  if (content.kind === 'text') return [{ title: 'template', text: content.template, field: 'template' }];
  return content.messages.map((message, index) => ({
    title: 'placeholder' in message ? 'placeholder' : message.role,
    text: 'placeholder' in message ? message.placeholder : message.content,
    field: `messages[${index}][content]`,
  }));
}

/** Two people saved on the same revision: both texts, and what to do with them. Nothing of either is lost. */
export function Conflict({ mine, name, current, path }: ConflictProps) {
  const formRef = useRef<HTMLFormElement>(null);
  const hasToWait = useSerialSubmit(formRef, current, mine);
  const { content } = toContent(mine);
  const my = textsOf(content);
  const theirs = textsOf(current.content);
  const author = current.updated_by.name.split(' ')[0] ?? current.updated_by.name;
  const shown = new Set(my.map(({ field }) => field));
  const rest = Array.from({ length: Math.max(my.length, theirs.length) }, (_, index) => ({
    mine: my[index],
    theirs: theirs[index],
  }));
  return (
    <Form
      ref={formRef}
      method="post"
      action={path}
      onSubmit={hasToWait}
      // My text is only on this page until one of its buttons is pressed.
      data-unsaved
      className="mx-auto grid max-w-281 gap-4 px-4 pt-6 pb-16"
    >
      <PageHead
        title={
          <>
            <bdi>{current.updated_by.name}</bdi> saved while you were writing
          </>
        }
        note="Both texts are here, nothing is lost. Take one, or edit yours until it says what both of you mean."
      />
      <input type="hidden" name="name" value={name} />
      <input type="hidden" name="revision" value={current.revision} />
      {writeContentForm(mine)
        .filter(([field]) => !shown.has(field))
        .map(([field, value]) => (
          <input key={field} type="hidden" name={field} value={value} />
        ))}
      {rest.map((pair, index) => (
        <div key={index} className="grid gap-4 lg:grid-cols-2 lg:gap-6">
          <Card
            flush
            edge={index === 0 ? 'ember' : 'line'}
            focusRing
            title={<SideTitle who="Yours" what={my.length > 1 ? pair.mine?.title : undefined} />}
            aside="not saved"
          >
            {pair.mine ? (
              <CodeEditor
                name={pair.mine.field}
                label={`Yours: ${pair.mine.title}`}
                minLines={3}
                defaultValue={pair.mine.text}
              />
            ) : (
              <p className="px-3.5 py-3 text-mute">You have no such message.</p>
            )}
          </Card>
          <Card
            flush
            title={
              <SideTitle
                who={
                  <>
                    <bdi>{author}</bdi>, revision {current.revision}
                  </>
                }
                what={theirs.length > 1 ? pair.theirs?.title : undefined}
              />
            }
            aside={<Time value={current.updated_at} />}
          >
            {pair.theirs ? (
              <TheirText mine={pair.mine?.text ?? ''} theirs={pair.theirs.text} />
            ) : (
              <p className="px-3.5 py-3 text-mute">
                <bdi>{author}</bdi> has no such message.
              </p>
            )}
          </Card>
        </div>
      ))}
      <Other
        title="Parameters"
        mine={parameterText(content.parameters)}
        theirs={parameterText(current.content.parameters)}
        author={author}
      />
      <Other title="Config" mine={content.config} theirs={current.content.config} author={author} />
      <div className="flex flex-wrap gap-2">
        <Button name="intent" value="save" variant="primary" data-save="">
          Save mine as revision {current.revision + 1}
        </Button>
        <LinkButton to={path} reloadDocument>
          <span className="min-w-0 wrap-anywhere">
            Take <bdi>{author}</bdi>’s text
          </span>
        </LinkButton>
        <Button name="intent" value="copy" variant="quiet">
          Keep mine as a copy
        </Button>
      </div>
    </Form>
  );
}

function SideTitle({ who, what }: { who: ReactNode; what: string | undefined }): ReactNode {
  return (
    <>
      {who} {what && <code className="font-normal text-mute">{what}</code>}
    </>
  );
}

/** The other text to read, its lines and words that aren't in mine marked. */
function TheirText({ mine, theirs }: { mine: string; theirs: string }) {
  const lines = diffTexts(mine, theirs).rows.flatMap(({ kind, after }) =>
    after ? [{ ...after, differs: kind !== 'same' }] : [],
  );
  return (
    <div className="conflict-text" tabIndex={0} role="region" aria-label="The other text">
      {lines.map(({ number, parts, differs }) => (
        <div key={number} className="conflict-line" data-differs={differs || undefined}>
          <span className="diff-number">{number}</span>
          <span className="diff-text">
            {differs && <span className="sr-only">differs: </span>}
            {parts.map((part, index) =>
              part.changed ? (
                <mark key={index} className="diff-word">
                  {part.text}
                </mark>
              ) : (
                part.text
              ),
            )}
          </span>
        </div>
      ))}
    </div>
  );
}

/** What isn't text, when it differs: to be seen before one is taken. */
function Other({
  title,
  mine,
  theirs,
  author,
}: {
  title: string;
  mine: string;
  theirs: string;
  author: string;
}) {
  if (mine === theirs) return null;
  return (
    <Card title={`${title} differ as well`} flush>
      <DiffView diff={diffTexts(theirs, mine)} beforeLabel={author} afterLabel="Yours" heads context={2} />
    </Card>
  );
}
