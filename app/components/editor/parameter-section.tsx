import { Plus } from 'lucide-react';
import type { ContentForm, FieldErrors, ParameterForm } from '../../lib/content-form.ts';
import type { FoundParameter } from '../../lib/preview.server.ts';
import { IntentButton } from './intent-button.tsx';
import { ParameterList } from './parameter-list.tsx';

export interface ParameterSectionProps {
  form: ContentForm;
  /** As typed by now. */
  live: ContentForm;
  /** What the texts read and nobody has declared. */
  found: FoundParameter[];
  errors: FieldErrors;
  /** Names that the newest version doesn't have. */
  fresh: string[];
  /** What is saved, when the form came back from the server. */
  saved: ParameterForm[] | undefined;
}

/** The parameters of a prompt, and those that its texts ask for. */
export function ParameterSection({ form, live, found, errors, fresh, saved }: ParameterSectionProps) {
  return (
    <section aria-labelledby="parameters-title" className="border-b border-line p-4 pt-2.5">
      <div className="flex min-h-8 items-center justify-between gap-4">
        <h2 id="parameters-title" className="font-semibold">
          Parameters
        </h2>
        <IntentButton variant="quiet" icon={Plus} intent="add:parameters">
          Add
        </IntentButton>
      </div>
      {found.length > 0 && (
        <div className="mb-2 flex flex-wrap items-center gap-1.5 text-12 text-mute">
          Found in the text
          {found.map(({ name }) => (
            <IntentButton
              key={name}
              icon={Plus}
              intent={`found:${name}`}
              aria-label={`Add the parameter ${name}`}
            >
              <code>{name}</code>
            </IntentButton>
          ))}
          {found.length > 1 && (
            <IntentButton variant="quiet" intent="found:">
              Add all
            </IntentButton>
          )}
        </div>
      )}
      {form.parameters.length === 0 && found.length === 0 && (
        <p className="text-12 text-mute">
          None. Write <code>{'{{ name }}'}</code> in the text, and it can be added here.
        </p>
      )}
      <ParameterList
        path={['parameters']}
        parameters={form.parameters}
        live={live.parameters}
        errors={errors}
        fresh={fresh}
        saved={saved}
      />
      <datalist id="messages-parameters">
        {live.parameters
          .filter(({ type }) => type === 'messages')
          .map(({ name }) => (
            <option key={name} value={name} />
          ))}
      </datalist>
    </section>
  );
}
