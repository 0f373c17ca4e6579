import type { PlaceholderStyle } from '@anvil/core/placeholder-signs';
import { Form, Link } from '@remix-run/react';
import { Package } from 'lucide-react';
import { useRef, useState, type MouseEvent } from 'react';
import { EXAMPLE_PROMPT } from '../lib/example-prompt.ts';
import type { FormErrors } from '../lib/errors.ts';
import { firstPromptDraft } from '../lib/draft-keeper.ts';
import { useDraftKeeper } from '../lib/use-draft-keeper.ts';
import { useNavigation } from '../lib/use-navigation.ts';
import { CodeEditor } from './code-editor.tsx';
import { DraftOffer } from './draft-offer.tsx';
import { FormError } from './form-error.tsx';
import { FoundParameters } from './found-parameters.tsx';
import { PageHead } from './page-head.tsx';
import { PlaceholderChoice } from './placeholder-choice.tsx';
import { Button, buttonClasses, LinkButton } from './ui/button.tsx';
import { Card } from './ui/card.tsx';

export interface FirstPromptProps {
  /** First name of whoever looks. */
  name: string;
  /** `/o/acme` */
  base: string;
  /** The text that the field starts with: the example, or what was refused. */
  template: string;
  /** Which placeholders become parameters. */
  style: PlaceholderStyle;
  /** The parameters that the server found in it. */
  found?: string[];
  errors?: FormErrors;
}

const FIELD_ID = 'first-prompt';

/** The first page of a new organisation: one field to paste a prompt into. */
export function FirstPrompt({
  name,
  base,
  template,
  style: given,
  found: initial,
  errors,
}: FirstPromptProps) {
  const formRef = useRef<HTMLFormElement>(null);
  const keeper = useDraftKeeper(formRef, firstPromptDraft(base));
  const [text, setText] = useState(template);
  const [style, setStyle] = useState(given);
  const busy = useNavigation().formMethod === 'POST';

  const takeExample = (event: MouseEvent): void => {
    const field = document.getElementById(FIELD_ID);
    if (!(field instanceof HTMLTextAreaElement)) return;
    event.preventDefault();
    field.value = EXAMPLE_PROMPT;
    field.dispatchEvent(new Event('input', { bubbles: true }));
  };

  return (
    <div className="max-w-211">
      <PageHead
        title={`Welcome, ${name}`}
        note="Paste a prompt you use today. In a minute your application can fetch it by its address."
      />
      <div className="grid gap-4">
        <DraftOffer {...keeper} />
        <FormError errors={errors} knownFields={['template']} />
        <Form ref={formRef} method="post" action={base}>
          <Card
            flush
            focusRing
            title="Your prompt"
            aside={
              <Link
                to="?example"
                replace
                preventScrollReset
                onClick={takeExample}
                className={buttonClasses({ variant: 'quiet', size: 'small' })}
              >
                Use an example
              </Link>
            }
            foot={
              <>
                <FoundParameters template={text} style={style} initial={initial} />
                <Button variant="primary" busy={busy} data-save>
                  Publish as 1.0.0
                </Button>
              </>
            }
          >
            <CodeEditor
              key={template}
              id={FIELD_ID}
              name="template"
              label="Your prompt"
              defaultValue={template}
              tabLeaves
              error={errors?.fields.template}
              onChange={setText}
            />
          </Card>
          <div className="mt-4 max-w-105">
            <PlaceholderChoice style={given} onChoose={setStyle} />
          </div>
        </Form>
      </div>
      <p className="mt-2.5 text-12 text-mute">
        It becomes <code>playground/first/hello</code>. Version 1.0.0 stays as it is for ever; you go on
        editing the draft.
      </p>
      <p className="mt-6 flex items-center gap-2.5 text-mute">
        Or
        <LinkButton to={`${base}/-/projects/new`} icon={Package}>
          New project
        </LinkButton>
      </p>
    </div>
  );
}
