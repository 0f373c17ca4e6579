import type { JsonValue } from '@anvil/core/prompt';
import { isPlainObject } from '@anvil/core/json';
import { Play } from 'lucide-react';
import type { FieldErrors } from '../../lib/content-form.ts';
import type { Preview } from '../../lib/preview.server.ts';
import { Sentence } from '../sentence.tsx';
import { TextareaField } from '../ui/field.tsx';
import { IntentButton } from './intent-button.tsx';

export interface PreviewPaneProps {
  preview: Preview;
  /** As typed, of the field with the caller's values. */
  values: string;
  errors: FieldErrors;
}

/** What a caller would get now, with values that can be tried. */
export function PreviewPane({ preview, values, errors }: PreviewPaneProps) {
  const { result } = preview;
  return (
    <section aria-labelledby="preview-title" className="grid gap-2.5">
      <div className="flex min-h-8 items-center justify-between gap-4">
        <h2 id="preview-title" className="font-semibold">
          Preview
        </h2>
        <IntentButton variant="quiet" icon={Play} intent="preview">
          Render
        </IntentButton>
      </div>
      <div
        className="max-h-120 overflow-y-auto rounded-8 border border-line bg-bg"
        tabIndex={0}
        role="region"
        aria-label="Rendered output"
      >
        {result && !('error' in result) ? (
          <Rendered result={result} />
        ) : (
          <p className="px-3.5 py-3 text-12 text-major">
            <Sentence>{result?.error ?? 'Fix the marked fields to see the preview.'}</Sentence>
          </p>
        )}
      </div>
      <details open={errors.values !== undefined || undefined}>
        <summary className="touch w-fit rounded-4 text-12 text-mute hover:text-ink">Sample values</summary>
        <div className="mt-2">
          <TextareaField
            label="Sample values, as JSON"
            labelHidden
            name="values"
            mono
            rows={3}
            spellCheck={false}
            defaultValue={values}
            placeholder='{ "name": "Ada" }'
            error={errors.values}
            hint="A JSON object. Missing values are filled with examples. Nothing here is saved."
          />
        </div>
      </details>
    </section>
  );
}

function Rendered({ result }: { result: { text: string } | { messages: JsonValue[] } }) {
  if ('text' in result) return <Said>{result.text}</Said>;
  return (
    <ol className="py-1">
      {result.messages.map((message, index) => {
        const { role, content, ...rest } = isPlainObject(message) ? message : { role: '', content: message };
        return (
          <li key={index}>
            <p className="px-3.5 pt-2 font-mono text-12 text-mute">{typeof role === 'string' ? role : ''}</p>
            <Said>{typeof content === 'string' ? content : JSON.stringify(content ?? rest, null, 2)}</Said>
          </li>
        );
      })}
    </ol>
  );
}

function Said({ children }: { children: string }) {
  if (children === '') return <p className="px-3.5 py-2 text-12 text-faint">nothing</p>;
  return (
    <pre dir="auto" className="px-3.5 py-2 text-12/5 wrap-anywhere whitespace-pre-wrap">
      {children}
    </pre>
  );
}
